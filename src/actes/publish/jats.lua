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

local function figure(element)
  local image = only_image(element.content)
  local name = image and 'fig' or element.classes:includes('subfloats') and 'fig-group' or 'boxed-text'
  local result = pandoc.Blocks({ raw('<%s%s>%s', name, id_of(element), label_of(element)) })
  result:extend(caption_of(element))
  if image then result:insert(raw('%s', graphic(image))) else result:extend(element.content) end
  result:insert(raw('</%s>', name))
  return result
end

local function data_table(element)
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

local function written(blocks)
  return pandoc.Div(blocks)
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
