-- Write an article in JATS, the vocabulary of journals' archives. In: the article's neutral document and a
-- JSON context (`actes-context`: words, path back to the book). Out: elements that pandoc's JATS writer
-- sets as they are, and what the template fills (theme/jats/article.xml).
-- Only here: the markup of each construct. jats.py puts labels where pandoc has no place for them.

local stringify = pandoc.utils.stringify

local context

local function escaped(text)
  return (text:gsub('&', '&amp;'):gsub('<', '&lt;'):gsub('>', '&gt;'):gsub('"', '&quot;'))
end

local function raw(text, ...) return pandoc.RawBlock('jats', text:format(...)) end
local function raw_inline(text, ...) return pandoc.RawInline('jats', text:format(...)) end

local function id_of(element)
  return element.identifier ~= '' and (' id="%s"'):format(escaped(element.identifier)) or ''
end

local function around(open, content, close)
  local result = pandoc.Blocks({ open })
  result:extend(content)
  result:insert(raw(close))
  return result
end

-- ── figures and tables ─────────────────────────────────────────────────────────────────

local function label_of(element)
  local number = element.attributes.number
  return number and ('<label>%s\u{A0}%s</label>'):format(escaped(element.attributes.label), number) or ''
end

local function caption_of(element)
  if #element.caption.long == 0 then return {} end
  local paragraphs = pandoc.Blocks(element.caption.long):map(function(block)
    return block.t == 'Plain' and pandoc.Para(block.content) or block
  end)
  return around(raw('<caption>'), paragraphs, '</caption>')
end

local SUBTYPES = { svg = 'svg+xml', jpg = 'jpeg' }

local function graphic(image)
  local alt = image.attributes.alt or stringify(image.caption)
  local suffix = image.src:match('%.(%w+)$'):lower()
  return ('<alt-text>%s</alt-text><graphic mimetype="image" mime-subtype="%s" xlink:href="%s"/>')
    :format(escaped(alt), SUBTYPES[suffix] or suffix, escaped(context.root .. image.src))
end

local function only_image(blocks)
  local block = #blocks == 1 and (blocks[1].t == 'Plain' or blocks[1].t == 'Para') and blocks[1]
  return block and #block.content == 1 and block.content[1].t == 'Image' and block.content[1]
end

-- Names of groups of which each part must be of one kind.
local GROUPS = { Figure = 'fig-group', Table = 'table-wrap-group' }

-- The blocks of a layout, whatever its rows and cells.
local function cells_of(blocks)
  local found = pandoc.Blocks({})
  for _, block in ipairs(blocks) do
    if block.t == 'Div' then found:extend(cells_of(block.content)) else found:insert(block) end
  end
  return found
end

local function kind_of_part(block)
  return block.t == 'Figure' and not only_image(block.content) and 'box' or block.t
end

local function group_of(parts)
  local kind = parts[1] and kind_of_part(parts[1])
  for _, part in ipairs(parts) do
    if kind_of_part(part) ~= kind then return nil end
  end
  return GROUPS[kind]
end

local function figure(element)
  local image = only_image(element.content)
  local name = image and 'fig' or element.attributes.group or 'boxed-text'
  local result = pandoc.Blocks({ raw('<%s%s>%s', name, id_of(element), label_of(element)) })
  result:extend(caption_of(element))
  if image then result:insert(raw('%s', graphic(image))) else result:extend(element.content) end
  result:insert(raw('</%s>', name))
  return result
end

local function data_table(element)
  if element.classes:includes('bare') then return nil end
  local result = pandoc.Blocks({ raw('<table-wrap%s>%s', id_of(element), label_of(element)) })
  result:extend(caption_of(element))
  element.identifier, element.attributes, element.caption = '', {}, { long = {} }
  result:insert(element)
  result:insert(raw('</table-wrap>'))
  return result
end

-- ── blocks ─────────────────────────────────────────────────────────────────────────────

local function header(element)
  local number = element.attributes.number
  if number then element.content:insert(1, raw_inline('<!--label %s-->', number)) end
  element.level = math.max(1, element.level - 1)
  element.attributes, element.classes = {}, {}
  return element
end

local function box(kind, element, title)
  return around(raw('<boxed-text content-type="%s"%s><caption><title>%s</title></caption>', kind,
    id_of(element), escaped(title)), element.content, '</boxed-text>')
end

local div = {}

function div.callout(element) return box(element.classes[2], element, element.attributes.title) end
function div.tab(element) return box('tab', element, element.attributes.title or '') end
function div.pagebreak() return {} end
function div.held(element) return around(raw('<p>'), element.content, '</p>') end
function div.item(element) return around(raw('<list-item>'), element.content, '</list-item>') end

function div.list(element)
  return around(raw('<list list-type="%s">', element.attributes.kind), element.content, '</list>')
end

function div.theorem(element)
  return around(raw('<statement%s>', id_of(element)), element.content, '</statement>')
end

local function block_div(element)
  for _, class in ipairs(element.classes) do
    if div[class] then return div[class](element) end
  end
  if element.identifier == 'refs' or element.classes:includes('csl-entry') then return nil end
  return element.content
end

local function code(element)
  element.attributes, element.identifier = {}, ''
  element.classes = { element.classes[1] }
  return element
end

-- ── inlines ────────────────────────────────────────────────────────────────────────────

local TYPES = { fig = 'fig', tbl = 'table', eq = 'disp-formula', sec = 'sec', ref = 'bibr', thm = 'statement' }

local function link(element)
  local id = element.target:match('^#(.*)$')
  if not id then return nil end
  local kind = TYPES[id:match('^(%a+)%-') or '']
  local result = pandoc.Inlines({ raw_inline('<xref%s rid="%s">', kind and (' ref-type="%s"'):format(kind) or '',
    escaped(id)) })
  result:extend(element.content)
  result:insert(raw_inline('</xref>'))
  return result
end

local function span(element)
  if element.classes:includes('equation') then
    local number = element.attributes.number
    if not number then return element.content end
    local result = pandoc.Inlines({ raw_inline('<!--formula %s (%s)-->', element.identifier, number) })
    result:extend(element.content)
    return result
  end
  local lang = element.attributes.lang
  if not lang then return element.content end
  local result = pandoc.Inlines({ raw_inline('<named-content content-type="language" xml:lang="%s">', escaped(lang)) })
  result:extend(element.content)
  result:insert(raw_inline('</named-content>'))
  return result
end

local function image(element)
  return raw_inline('<inline-graphic xlink:href="%s"><alt-text>%s</alt-text></inline-graphic>',
    escaped(context.root .. element.src), escaped(element.attributes.alt or stringify(element.caption)))
end

-- ── what may hold what ─────────────────────────────────────────────────────────────────

-- A title inside a box, a quotation or a list opens no section.
local function title_line(element)
  local number = element.attributes.number
  local words = number and pandoc.Inlines({ pandoc.Str(number), pandoc.Space() }) or pandoc.Inlines({})
  words:extend(element.content)
  return pandoc.Para({ raw_inline('<named-content content-type="title"%s>', id_of(element)),
    pandoc.Strong(words), raw_inline('</named-content>') })
end

local function without_sections(element) return element:walk({ Header = title_line }) end

local function as_paragraphs(blocks)
  return blocks:map(function(block)
    return block.t == 'Plain' and pandoc.Para(block.content) or block
  end)
end

local IS_PARAGRAPH = { Para = true, LineBlock = true }

-- A statement or an item holds paragraphs alone: a list or a table stands in one.
local function in_paragraphs(blocks)
  local result = pandoc.Blocks({})
  for _, block in ipairs(as_paragraphs(blocks)) do
    if block.t == 'Header' then
      result:insert(title_line(block))
    elseif block.t == 'Div' and not (block.classes[1] and div[block.classes[1]]) then
      result:extend(in_paragraphs(block.content))
    else
      result:insert(IS_PARAGRAPH[block.t] and block or pandoc.Div({ block }, { class = 'held' }))
    end
  end
  return result
end

local CLOSED = { callout = true, tab = true, theorem = true }

local function closed_div(element)
  local kind = element.classes[1]
  if not CLOSED[kind] then return nil end
  element.content = kind == 'theorem' and in_paragraphs(element.content) or as_paragraphs(element.content)
  return without_sections(element)
end

local function closed_figure(element)
  local parts = cells_of(element.content)
  if element.classes:includes('subfloats') then element.attributes.group = group_of(parts) end
  if not only_image(element.content) then element.content = as_paragraphs(element.content) end
  return without_sections(element)
end

local function holds_floats(element)
  local found = false
  local function see() found = true end
  element:walk({ Div = see, Figure = see, Table = see })
  return found
end

local function marked(class, blocks, pairs)
  return pandoc.Div(blocks, pandoc.Attr('', { class }, pairs or {}))
end

local KINDS = {
  Decimal = 'order', LowerAlpha = 'alpha-lower', UpperAlpha = 'alpha-upper', LowerRoman = 'roman-lower',
  UpperRoman = 'roman-upper',
}

-- pandoc would put each end of a box in a paragraph of its own: a list with boxes is written here.
local function list_with_floats(element)
  element = without_sections(element)
  if not holds_floats(element) then return element end
  local kind = element.t == 'BulletList' and 'bullet' or KINDS[element.style] or 'order'
  local items = element.content:map(function(item) return marked('item', in_paragraphs(item)) end)
  return marked('list', items, { { 'kind', kind } })
end

-- The same for definitions, which become the items of a list.
local function definitions_with_floats(element)
  element = without_sections(element)
  if not holds_floats(element) then return element end
  return marked('list', element.content:map(function(entry)
    local item = pandoc.Blocks({ pandoc.Para({ pandoc.Strong(entry[1]) }) })
    for _, definition in ipairs(entry[2]) do item:extend(in_paragraphs(definition)) end
    return marked('item', item)
  end), { { 'kind', 'simple' } })
end

-- pandoc writes the notes last, and holds what is in them by itself: no box may stand there.
local function note(element)
  return without_sections(element):walk({
    Div = function(inner) return inner.content end,
    Figure = function(inner) return as_paragraphs(inner.content) end,
    Table = function(inner)
      inner.identifier, inner.classes, inner.caption = '', { 'bare' }, { long = {} }
      return inner
    end,
  })
end

local function closed_table(element)
  element = without_sections(element)
  if not holds_floats(element) then return element end
  local function close(rows)
    for _, row in ipairs(rows) do
      for _, cell in ipairs(row.cells) do
        if holds_floats(pandoc.Div(cell.contents)) then cell.contents = in_paragraphs(cell.contents) end
      end
    end
    return rows
  end
  for _, body in ipairs(element.bodies) do body.body = close(body.body) end
  return element
end

local CLOSING = {
  traverse = 'topdown', Div = closed_div, Figure = closed_figure, Table = closed_table,
  BlockQuote = without_sections, Note = note, BulletList = list_with_floats, OrderedList = list_with_floats,
  DefinitionList = definitions_with_floats,
}

local function written(blocks)
  return pandoc.Div(blocks)
    :walk(CLOSING)
    :walk({ Figure = figure, Table = data_table })
    :walk({ Span = span, Link = link, Image = image, Header = header, CodeBlock = code })
    :walk({ traverse = 'bottomup', Div = block_div })
    .content
end

-- ── front matter ───────────────────────────────────────────────────────────────────────

-- The abstract in the other language: a first block in it that begins with its own bold title.
local function other_abstract(body)
  local first = body[1]
  local lang = first and first.t == 'Div' and first.attributes.lang
  local block = lang and first.content[1]
  local lead = block and block.t == 'Para' and block.content[1]
  local word = lead and lead.t == 'Strong' and stringify(lead):match('^%a[^%s.:]*')
  if not (word and context.abstract_words[word]) then return nil end
  body:remove(1)
  block.content:remove(1)
  while block.content[1] and (block.content[1].t == 'Space' or block.content[1].t == 'SoftBreak') do
    block.content:remove(1)
  end
  return { lang = lang, text = pandoc.MetaBlocks(written(first.content)) }
end

local function affiliations(authors)
  local listed, places = {}, {}
  for _, one in ipairs(authors) do
    one.at = pandoc.List({})
    for _, each in ipairs(one.affiliations or {}) do
      local text = stringify(each)
      if not places[text] then
        table.insert(listed, { id = 'aff' .. (#listed + 1), text = text })
        places[text] = 'aff' .. #listed
      end
      one.at:insert(places[text])
    end
    one.affiliations = nil
  end
  return listed
end

function Pandoc(doc)
  local meta = doc.meta
  context = pandoc.json.decode(stringify(meta['actes-context']), false)
  local body = doc.blocks
  if body[1] and body[1].t == 'Header' and body[1].level == 1 then
    meta.title = pandoc.Plain(body:remove(1).content):walk({ Note = function() return {} end }).content
  end
  local abstract = meta.abstract
  if abstract then
    meta.abstract = pandoc.MetaBlocks(written(pandoc.utils.type(abstract) == 'Blocks' and abstract
      or { pandoc.Para(abstract) }))
  end
  meta['trans-abstract'] = other_abstract(body)
  meta.affiliation = affiliations(meta.author or {})
  local rights = pandoc.List({})
  for _, line in ipairs(context.rights) do
    rights:insert(pandoc.utils.blocks_to_inlines(pandoc.read(line, 'markdown').blocks))
  end
  meta.rights = rights
  doc.blocks = written(body)
  return doc
end
