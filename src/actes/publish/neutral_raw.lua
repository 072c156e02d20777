-- Keep the HTML and the Typst that are meant for this format, turn the tags and the LaTeX that have an
-- equivalent into it, and report any other.

local stringify = pandoc.utils.stringify

-- Raw formats that an author may choose on purpose, and the format they are for.
local CHOSEN_RAW = { ['actes-html'] = 'html', typst = 'pdf' }

local WRAPPERS = {
  b = pandoc.Strong, strong = pandoc.Strong, i = pandoc.Emph, em = pandoc.Emph,
  sub = pandoc.Subscript, sup = pandoc.Superscript, u = pandoc.Underline,
  s = pandoc.Strikeout, del = pandoc.Strikeout, ins = pandoc.Underline, var = pandoc.Emph,
  code = function(content) return pandoc.Code(stringify(content)) end,
  samp = function(content) return pandoc.Code(stringify(content)) end,
}
for _, tag in ipairs({ 'kbd', 'mark', 'small', 'abbr', 'cite', 'q', 'dfn', 'time' }) do
  WRAPPERS[tag] = function(content) return pandoc.Span(content, { class = tag }) end
end

local function tag_of(raw)
  local slash, name = raw:match('^<%s*(/?)%s*([%w-]+)')
  return name and name:lower(), slash == '/'
end

-- What pandoc makes of an HTML tag and its attributes: an image, a link, a span with an anchor.
local function element_of(html)
  local block = pandoc.read(html, 'html').blocks[1]
  return block and block.content and block.content[1]
end

local function linked(tag, content)
  local element = element_of(tag .. 'x</a>')
  if not element or element.t == 'Str' then return pandoc.Span(content) end
  element.content = content
  return element
end

-- Position of the closing tag of the element opened at `start`; nil when there is none.
local function closing(inlines, start, name)
  local depth = 0
  for position = start, #inlines do
    local each = inlines[position]
    if each.t == 'RawInline' and each.format == 'html' then
      local tag, closes = tag_of(each.text)
      if tag == name then depth = depth + (closes and -1 or 1) end
      if depth == 0 then return position end
    end
  end
end

local function without_tags(inlines, report)
  local result, position = pandoc.Inlines({}), 1
  while position <= #inlines do
    local each = inlines[position]
    local name = each.t == 'RawInline' and each.format == 'html' and tag_of(each.text)
    if each.t ~= 'RawInline' or each.format ~= 'html' then
      result:insert(each)
    elseif each.text:match('^<!%-%-') then
      -- A comment says nothing to a reader.
    elseif name == 'br' then
      result:insert(pandoc.LineBreak())
    elseif name == 'wbr' then
      result:insert(pandoc.Str('\u{200B}'))
    elseif name == 'img' and element_of(each.text) then
      result:insert(element_of(each.text))
    else
      local is_known = WRAPPERS[name] or name == 'a'
      local stop = is_known and closing(inlines, position, name)
      if stop then
        local inner = without_tags(pandoc.Inlines({ table.unpack(inlines, position + 1, stop - 1) }), report)
        result:insert(name == 'a' and linked(each.text, inner) or WRAPPERS[name](inner))
        position = stop
      else
        report('tag', each.text:match('^<[^%s>]*') .. '>', each.text:match('^<[^%s>]*'))
      end
    end
    position = position + 1
  end
  return result
end

local function is_remote(text)
  return text:match('src%s*=%s*["\']?%s*[%w+.-]*:?//') or text:match('@import')
    or text:match('url%(%s*["\']?%s*[%w+.-]*:?//')
end

local function is_active(text)
  local lower = text:lower()
  return lower:match('<%s*script') or lower:match('<[^>]*%son%a+%s*=') or lower:match('javascript:')
end

local LOOKS_NUMERIC = '^[%s\u{A0}\u{202F}+−-]*%d[%d%s.,%%\u{A0}\u{202F}−-]*$'

-- What stands for a figure that is missing.
local MISSING = {}
for _, text in ipairs({ '', 'nan', 'none', 'nat', '<na>', 'n.d.', 's.o.', '-', '--', '---', '–', '—' }) do
  MISSING[text] = true
end

-- Columns of figures are set flush right when the table says nothing of them.
local function align_numbers(block)
  return block:walk({
    Table = function(tbl)
      for column = 1, #tbl.colspecs do
        local all, any = true, false
        for _, body in ipairs(tbl.bodies) do
          for _, row in ipairs(body.body) do
            local cell = row.cells[column]
            local text = cell and stringify(cell.contents) or ''
            if not MISSING[text:lower():gsub('%%$', '')] then
              any = true
              all = all and text:match(LOOKS_NUMERIC) ~= nil
            end
          end
        end
        if any and all and tbl.colspecs[column][1] == 'AlignDefault' then
          tbl.colspecs[column] = { 'AlignRight', tbl.colspecs[column][2] }
        end
      end
      return tbl
    end,
  })
end

local function around(contents, wrap)
  return contents:map(function(block)
    if block.t == 'Plain' or block.t == 'Para' then block.content = { wrap(block.content) } end
    return block
  end)
end

-- What `styled_tables.py` says of a cell, in its neutral form. pandoc takes `data-` off a name, unless
-- HTML has an attribute of the rest.
local function styled_cell(cell)
  local function said(name) return cell.attributes['data-' .. name] or cell.attributes[name] end
  local attributes = {}
  if said('background') then
    attributes = { { 'background', said('background') }, { 'color', said('color') } }
  elseif said('bar') then
    attributes = { { 'bar', said('bar') } }
  end
  if said('bold') then cell.contents = around(cell.contents, pandoc.Strong) end
  if said('italic') then cell.contents = around(cell.contents, pandoc.Emph) end
  cell.attr = pandoc.Attr('', {}, attributes)
  return cell
end

local function styled(block)
  local function rows(list)
    for _, row in ipairs(list) do row.cells = row.cells:map(styled_cell) end
    return list
  end
  return block:walk({
    Table = function(tbl)
      tbl.head.rows, tbl.foot.rows = rows(tbl.head.rows), rows(tbl.foot.rows)
      for _, body in ipairs(tbl.bodies) do
        body.head, body.body = rows(body.head), rows(body.body)
      end
      return tbl
    end,
  })
end

-- What a notebook displays is not its author's prose: nothing of it may act in a page.
local function harmless(block)
  local function bare(element)
    for key in pairs(element.attributes) do
      if key:match('^on') or key == 'style' then element.attributes[key] = nil end
    end
    return element
  end
  return block:walk({
    Link = function(link)
      if link.target:match('^%s*[%a][%w+.-]*:') and not link.target:match('^https?:') then
        return link.content
      end
      return bare(link)
    end,
    Span = bare, Div = bare, Code = bare, CodeBlock = bare, Image = bare, Header = bare, Table = bare,
  })
end

-- `<span data-qmd="…">` holds markdown; so does a division.
local function with_markdown(blocks, report)
  local function read(element)
    if element.attributes['qmd-base64'] then report('attribute', 'data-qmd-base64') end
    return element.attributes.qmd and pandoc.read(element.attributes.qmd, 'markdown').blocks
  end
  return blocks:walk({
    Div = read,
    Span = function(span)
      local read_blocks = read(span)
      return read_blocks and pandoc.utils.blocks_to_inlines(read_blocks) or span.content
    end,
  })
end

local function from_html(text, report)
  local blocks
  if text:find('data-qmd', 1, true) then
    blocks = with_markdown(pandoc.read(text, 'html').blocks, report)
  else
    blocks = pandoc.read(text, 'html-native_divs-native_spans').blocks
  end
  return harmless(styled(align_numbers(pandoc.Div(blocks)))).content
end

-- An HTML table is one in every format, as for Quarto; other HTML is for pages alone, and a book reader,
-- which asks for stricter HTML, gets what it says.
local function is_for_all(text, format)
  if text:find('data-quarto-disable-processing', 1, true) then return false end
  return text:match('^%s*<[tT][aA][bB][lL][eE]') or format == 'epub'
    or format ~= 'html' and text:lower():find('<table', 1, true)
end

local function chosen_raw(element, format, report)
  local is_html = element.format == 'actes-html'
  if is_html and is_active(element.text) then
    report('active', 'HTML', element.text:match('[^\n]*'))
  end
  if is_remote(element.text) then
    report('remote', 'HTML', element.text:match('[^\n]*'))
  end
  if is_html and is_for_all(element.text, format) then return from_html(element.text, report) end
  if CHOSEN_RAW[element.format] ~= format then return {} end
  element.format = format == 'html' and 'html' or 'typst'
  return element
end

-- Environments of LaTeX that are a formula, as Jupyter shows them: within which pandoc reads the rest.
local FORMULAS = {}
for name in ('align alignat aligned displaymath eqnarray equation flalign gather math multline'):gmatch('%a+') do
  FORMULAS[name], FORMULAS[name .. '*'] = true, true
end
local PLAIN_FORMULAS = { equation = true, ['equation*'] = true, displaymath = true, math = true }

-- Commands that define others: pandoc has applied them, nothing is left to show.
local DEFINITIONS = {}
for name in ('newcommand renewcommand providecommand def let DeclareMathOperator newenvironment '
  .. 'renewenvironment'):gmatch('%a+') do
  DEFINITIONS[name] = true
end

-- The formula that LaTeX outside of `$` is; an empty list when it only defines; nil otherwise.
local function from_tex(text)
  local name, inside = text:match('^%s*\\begin{([%a*]+)}(.*)\\end{[%a*]+}%s*$')
  if FORMULAS[name] then
    local formula = (PLAIN_FORMULAS[name] and inside or text):gsub('\\label{[^}]*}', '')
    return pandoc.Math('DisplayMath', formula)
  end
  if DEFINITIONS[text:match('^%s*\\(%a+)')] then return {} end
end

-- "{\\bf R}", the fonts of old TeX, as MathJax reads them.
local OLD_FONTS = { bf = 'mathbf', rm = 'mathrm', it = 'mathit', sf = 'mathsf', tt = 'mathtt', cal = 'mathcal' }

local function with_new_fonts(math)
  local text, n_changes = math.text:gsub('{%s*\\(%a+)%s+([^{}]*)}', function(font, inside)
    return OLD_FONTS[font] and ('{\\%s{%s}}'):format(OLD_FONTS[font], inside)
  end)
  math.text = text
  return n_changes > 0 and math or nil
end

local IS_TEX = { tex = true, latex = true }

-- What no format here can show.
local function refuse(element, report)
  -- Met in the text, it is `tex`; chosen, it has the name that the author gave it.
  local first = element.format == 'tex' and element.text:match('^%s*([^\n]*)')
  report('raw', first and 'latex' or element.format, first or '{=' .. element.format)
  return {}
end

local function raw_block(format, report)
  return function(element)
    if CHOSEN_RAW[element.format] then return chosen_raw(element, format, report) end
    if element.format == 'actes-html-content' then return from_html(element.text, report) end
    if element.format ~= 'html' then
      local read = IS_TEX[element.format] and from_tex(element.text)
      return read and (read.t and pandoc.Para({ read }) or read) or refuse(element, report)
    end
    if element.text:match('^%s*<!%-%-') then return {} end
    local name = tag_of(element.text:match('^%s*(.*)$'))
    if name == 'table' or name == 'dl' or name == 'p' then return from_html(element.text, report) end
    if name == 'hr' then return pandoc.HorizontalRule() end
    report('tag', '<' .. (name or '?') .. '>', element.text:match('<[^%s>]*'))
    return {}
  end
end

local function raw_inline(format, report)
  return function(element)
    if CHOSEN_RAW[element.format] then
      local made = chosen_raw(element, format, report)
      return pandoc.utils.type(made) == 'Blocks' and pandoc.utils.blocks_to_inlines(made) or made
    end
    if element.format ~= 'html' then
      return IS_TEX[element.format] and from_tex(element.text) or refuse(element, report)
    end
  end
end

return function(doc, context, report)
  local format, was_read = context.format, context.was_read
  -- Stray tags first: what an author chose for HTML then bears the same name.
  if was_read('RawInline') then
    doc = doc:walk({ Inlines = function(inlines) return without_tags(inlines, report) end })
  end
  if was_read('RawInline') or was_read('RawBlock') then
    doc = doc:walk({ RawBlock = raw_block(format, report), RawInline = raw_inline(format, report) })
  end
  if was_read('Math') then doc = doc:walk({ Math = with_new_fonts }) end
  return doc
end
