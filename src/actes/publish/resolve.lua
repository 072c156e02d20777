-- Write the numbers, references and citations of the whole book, once citeproc has run over it.
-- In: one document, a div per chapter, and a JSON index (`actes-index`) made by `neutral.py`.
-- Out: the same, resolved.

local function read_index(path)
  local file = assert(io.open(path, 'r'))
  local text = file:read('a')
  file:close()
  return pandoc.json.decode(text, false)
end

local function utf8_capital(text)
  return pandoc.text.upper(pandoc.text.sub(text, 1, 1)) .. pandoc.text.sub(text, 2)
end

local function reference_text(ref, style, is_capital)
  if ref.number == '' then return ref.title end
  if style == 'bare' or ref.prefix == '' then return ref.number end
  local prefix = is_capital and utf8_capital(ref.prefix) or ref.prefix
  return prefix .. '\u{A0}' .. ref.number
end

local function absolute(chapter)
  return function(element)
    local number = element.attributes and element.attributes.number
    if not number then return nil end
    local full = chapter.number .. number
    element.attributes.number = full:gsub('^%.', '')
    return element
  end
end

local function link_filter(chapter, index)
  return function(link)
    local id = link.target:match('^#(.*)$')
    if link.classes:includes('xref') then
      local ref = chapter.refs[id]
      link.content = { pandoc.Str(reference_text(ref, link.attributes.style,
        link.attributes.capital == 'true')) }
      link.attributes.style, link.attributes.capital = nil, nil
      if ref.page ~= '' then link.attributes.page = ref.page end
    elseif link.classes:includes('page') then
      local page = chapter.pages[link.target]
      link.target = page.target
      if page.page ~= '' then link.attributes.page = page.page end
      link.classes = link.classes:filter(function(class) return class ~= 'page' end)
    elseif id and id:match('^ref%-') and chapter.page ~= index.bibliography then
      link.attributes.page = index.bibliography
    end
    return link
  end
end

-- Citeproc leaves the semicolons of a French citation as an English one has them.
local function french_semicolons(inlines)
  return inlines:walk({
    Str = function(str) return pandoc.Str((str.text:gsub('^;', '\u{202F};')
      :gsub('([^\u{202F}\u{A0}%s]);', '%1\u{202F};'))) end,
  })
end

local function cite(element)
  local keys = {}
  for _, each in ipairs(element.citations) do keys[#keys + 1] = each.id end
  return pandoc.Span(element.content,
    pandoc.Attr('', { 'citation' }, { { 'cites', table.concat(keys, ' ') } }))
end

local function cite_filter(lang)
  return function(element)
    if lang:match('^fr') then element.content = french_semicolons(element.content) end
    return cite(element)
  end
end

local function resolved(element, chapter, index)
  local number = absolute(chapter)
  return element:walk({
    Header = number, Figure = number, Table = number, Span = number,
    Cite = cite_filter(index.lang),
  }):walk({ Link = link_filter(chapter, index) })
end

function Pandoc(doc)
  local index = read_index(pandoc.utils.stringify(doc.meta['actes-index']))
  doc.meta['actes-index'] = nil
  doc.blocks = doc.blocks:map(function(div)
    local chapter = index.chapters[tonumber(div.attributes.position)]
    return chapter and resolved(div, chapter, index) or div
  end)
  for position, chapter in ipairs(index.chapters) do
    local meta = doc.meta['actes-metas'][position]
    for _, key in ipairs({ 'title', 'subtitle', 'abstract' }) do
      local value = meta[key]
      if pandoc.utils.type(value) == 'Inlines' then
        meta[key] = resolved(pandoc.Plain(value), chapter, index).content
      elseif pandoc.utils.type(value) == 'Blocks' then
        meta[key] = resolved(pandoc.Div(value), chapter, index).content
      end
    end
  end
  return doc
end
