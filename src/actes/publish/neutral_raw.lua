-- Keep what is meant for this format, turn the HTML tags that have an equivalent into it, and
-- report any other.

local stringify = pandoc.utils.stringify

local FORMAT_NAMES = {
  html = { html = true, html4 = true, html5 = true, ['html:js'] = true },
  pdf = { pdf = true, typst = true },
  epub = { epub = true, epub3 = true, html = true, html4 = true, html5 = true },
  docx = { docx = true },
  jats = { jats = true },
}

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

local function names_format(value, format)
  for name in value:gmatch('[^%s,;%[%]"]+') do
    if FORMAT_NAMES[format][name] then return true end
  end
  return false
end

-- Is a `.content-visible` or `.content-hidden` element shown in this format?
local function is_shown(element, format, report)
  local when, unless = element.attributes['when-format'], element.attributes['unless-format']
  for key in pairs(element.attributes) do
    if key ~= 'when-format' and key ~= 'unless-format' then
      report('attribute', key)
    end
  end
  local holds = (not when or names_format(when, format))
    and (not unless or not names_format(unless, format))
  return holds == element.classes:includes('content-visible')
end

local function conditional(format, report)
  local function choose(element)
    if element.classes:includes('hidden') then return {}, false end
    if not (element.classes:includes('content-visible')
        or element.classes:includes('content-hidden')) then
      return nil
    end
    if is_shown(element, format, report) then return element.content end
    return {}, false
  end
  return { traverse = 'topdown', Div = choose, Span = choose }
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

local function chosen_raw(element, format, report)
  if is_remote(element.text) then
    report('remote', 'HTML', element.text:match('[^\n]*'))
  end
  if CHOSEN_RAW[element.format] ~= format then return {} end
  element.format = format == 'html' and 'html' or 'typst'
  return element
end

local LOOKS_NUMERIC = '^[%s\u{A0}\u{202F}+−-]*%d[%d%s.,%%\u{A0}\u{202F}−-]*$'

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
            if text ~= '' then
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

local function from_html(text)
  local blocks = pandoc.read(text, 'html-native_divs-native_spans').blocks
  return align_numbers(pandoc.Div(blocks)).content
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
  local format = context.format
  doc = doc:walk(conditional(format, report))
  -- Stray tags first: what an author chose for HTML then bears the same name.
  doc = doc:walk({ Inlines = function(inlines) return without_tags(inlines, report) end })
  return doc:walk({ RawBlock = raw_block(format, report), RawInline = raw_inline(format, report) })
end
