-- Keep what is meant for this format, turn the HTML tags that have an equivalent into it, and
-- report any other.

local stringify = pandoc.utils.stringify

-- What each format answers to in `when-format`: as for Quarto, an EPUB is HTML too, and `latex` is
-- what it makes a PDF with.
local FORMAT_NAMES = {
  html = { html = true, html4 = true, html5 = true, ['html:js'] = true },
  pdf = { pdf = true, typst = true, latex = true },
  epub = { epub = true, epub2 = true, epub3 = true, html = true, html4 = true, html5 = true },
  docx = { docx = true },
  jats = { jats = true },
}

-- Formats that Quarto makes and this engine does not: nothing is shown for them.
local OTHER_FORMATS = {}
for name in ('asciidoc asciidoctor beamer commonmark confluence context dashboard docbook docusaurus docusaurus-md '
  .. 'email gfm hugo hugo-md ipynb markdown markua mediawiki native odt opendocument plain pptx revealjs rst rtf '
  .. 'slidy slideous'):gmatch('%S+') do
  OTHER_FORMATS[name] = true
end

-- Raw formats that an author may choose on purpose, and the format they are for.
local CHOSEN_RAW = { ['actes-html'] = 'html', typst = 'pdf' }

local WRAPPERS = {
  b = pandoc.Strong, strong = pandoc.Strong, i = pandoc.Emph, em = pandoc.Emph,
  sub = pandoc.Subscript, sup = pandoc.Superscript, u = pandoc.Underline,
  s = pandoc.Strikeout, del = pandoc.Strikeout,
}
for _, tag in ipairs({ 'kbd', 'mark', 'small', 'abbr', 'cite', 'q', 'dfn', 'time' }) do
  WRAPPERS[tag] = function(content) return pandoc.Span(content, { class = tag }) end
end

local function any_of(value, is_true)
  for name in value:gmatch('[^%s,;%[%]"]+') do
    if is_true(name) then return true end
  end
  return false
end

-- Value of the metadata at a dotted path, when it says yes.
local function meta_holds(metadata)
  return function(path)
    local value = metadata
    for key in path:gmatch('[^.]+') do value = type(value) == 'table' and value[key] or nil end
    return value ~= nil and value ~= false and value ~= 'false' and value ~= ''
  end
end

local function is_format(name)
  if OTHER_FORMATS[name] then return true end
  for _, names in pairs(FORMAT_NAMES) do
    if names[name] then return true end
  end
  return false
end

local function conditions(context, report)
  return {
    format = function(name)
      if not is_format(name) then report('attribute', 'format="' .. name .. '"', name) end
      return FORMAT_NAMES[context.format][name] or false
    end,
    meta = meta_holds(context.metadata or {}),
    profile = function(name) return pandoc.List(context.profiles):includes(name) end,
  }
end

-- Is a `.content-visible` or `.content-hidden` element shown in this format?
local function is_shown(element, tests, report)
  local holds = true
  for key, value in pairs(element.attributes) do
    local word, about = key:match('^(%a+)%-(%a+)$')
    if tests[about] and (word == 'when' or word == 'unless') then
      holds = holds and any_of(value, tests[about]) == (word == 'when')
    else
      report('attribute', key)
    end
  end
  return holds == element.classes:includes('content-visible')
end

local CONDITIONAL = { 'content-visible', 'content-hidden' }

local function is_conditional(element)
  return element.classes:includes(CONDITIONAL[1]) or element.classes:includes(CONDITIONAL[2])
end

-- Blocks, passages and code are chosen; on anything else the classes would do nothing.
local function conditional(context, report)
  local tests = conditions(context, report)
  local filter = { traverse = 'topdown' }
  local function choose(element)
    if element.classes:includes('hidden') then return {}, false end
    if not is_conditional(element) then return nil end
    if not is_shown(element, tests, report) then return {}, false end
    if element.content then return element.content:walk(filter), false end
    element.classes = element.classes:filter(function(class) return class ~= CONDITIONAL[1] and class ~= CONDITIONAL[2] end)
    for key in pairs(element.attributes) do
      if key:match('^when%-') or key:match('^unless%-') then element.attributes[key] = nil end
    end
    return element, false
  end
  local function refuse(element)
    for _, class in ipairs({ CONDITIONAL[1], CONDITIONAL[2], 'hidden' }) do
      if element.classes:includes(class) then report('attribute', '.' .. class, class) end
    end
  end
  for _, kind in ipairs({ 'Div', 'Span', 'CodeBlock', 'Code' }) do filter[kind] = choose end
  for _, kind in ipairs({ 'Header', 'Image', 'Link', 'Table', 'Figure' }) do filter[kind] = refuse end
  return filter
end

local function tag_of(raw)
  local slash, name = raw:match('^<%s*(/?)%s*([%w-]+)')
  return name and name:lower(), slash == '/'
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
    else
      local stop = WRAPPERS[name] and closing(inlines, position, name)
      if stop then
        local inner = pandoc.Inlines({ table.unpack(inlines, position + 1, stop - 1) })
        result:insert(WRAPPERS[name](without_tags(inner, report)))
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

local function chosen_raw(element, format, report)
  if element.format == 'actes-html' and is_active(element.text) then
    report('active', 'HTML', element.text:match('[^\n]*'))
  end
  if is_remote(element.text) then
    report('remote', 'HTML', element.text:match('[^\n]*'))
  end
  if CHOSEN_RAW[element.format] ~= format then return {} end
  element.format = format == 'html' and 'html' or 'typst'
  return element
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

local function from_html(text)
  local blocks = pandoc.read(text, 'html-native_divs-native_spans').blocks
  return harmless(styled(align_numbers(pandoc.Div(blocks)))).content
end

local function raw_block(format, report)
  return function(element)
    if CHOSEN_RAW[element.format] then return chosen_raw(element, format, report) end
    if element.format == 'actes-html-content' then return from_html(element.text) end
    if element.format ~= 'html' then
      report('raw', element.format, '{=' .. element.format)
      return {}
    end
    if element.text:match('^%s*<!%-%-') then return {} end
    local name = tag_of(element.text:match('^%s*(.*)$'))
    if name == 'table' or name == 'dl' or name == 'p' then return from_html(element.text) end
    report('tag', '<' .. (name or '?') .. '>', element.text:match('<[^%s>]*'))
    return {}
  end
end

local function raw_inline(format, report)
  return function(element)
    if CHOSEN_RAW[element.format] then return chosen_raw(element, format, report) end
    if element.format ~= 'html' then
      report('raw', element.format, '{=' .. element.format)
      return {}
    end
  end
end

return function(doc, context, report)
  local format, was_read = context.format, context.was_read
  if was_read('hidden') or was_read('content-visible') or was_read('content-hidden') then
    doc = doc:walk(conditional(context, report))
  end
  -- Stray tags first: what an author chose for HTML then bears the same name.
  if was_read('RawInline') then
    doc = doc:walk({ Inlines = function(inlines) return without_tags(inlines, report) end })
  end
  if was_read('RawInline') or was_read('RawBlock') then
    doc = doc:walk({ RawBlock = raw_block(format, report), RawInline = raw_inline(format, report) })
  end
  return doc
end
