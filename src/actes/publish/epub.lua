-- Write a neutral chapter as the XHTML of an EPUB. In: a neutral chapter and a JSON context
-- (`actes-context`: words, files by page, pictures by path). Out: pandoc elements that the HTML writer
-- sets as they are, and what the template fills (theme/epub/chapter.xhtml).
-- Only here: the markup of each construct in a book reader, which runs no script.

local stringify = pandoc.utils.stringify

local context
local notes = {}          -- of the chapter, in order

local function escaped(text)
  return (text:gsub('&', '&amp;'):gsub('<', '&lt;'):gsub('>', '&gt;'):gsub('"', '&quot;'))
end

local function raw(text, ...) return pandoc.RawBlock('html', text:format(...)) end
local function raw_inline(text, ...) return pandoc.RawInline('html', text:format(...)) end

local function id_of(element)
  return element.identifier ~= '' and (' id="%s"'):format(escaped(element.identifier)) or ''
end

local function language(element)
  local lang = element.attributes.lang
  return lang and (' lang="%s" xml:lang="%s"'):format(escaped(lang), escaped(lang)) or ''
end

local function numbered(content, number)
  if not number then return content end
  content:insert(1, pandoc.Span({ pandoc.Str(number) }, { class = 'number' }))
  content:insert(2, pandoc.Space())
  return content
end

-- ── notes ──────────────────────────────────────────────────────────────────────────────

local function note(element)
  table.insert(notes, element.content)
  local n = #notes
  return raw_inline('<a epub:type="noteref" role="doc-noteref" class="noteref" id="fnref%d" href="#fn%d">%d</a>',
    n, n, n)
end

local function notes_at_the_end(walked)
  if #notes == 0 then return {} end
  local result = pandoc.Blocks({
    raw('<section epub:type="footnotes" class="footnotes"><h2>%s</h2>', escaped(context.words.footnotes)),
  })
  for n, content in ipairs(notes) do
    result:insert(raw('<aside epub:type="footnote" role="doc-footnote" id="fn%d">', n))
    local back = raw_inline('<a role="doc-backlink" href="#fnref%d" aria-label="%s">%d</a>',
      n, escaped(context.words.back), n)
    content = walked(content)
    local first = content[1]
    if first and (first.t == 'Para' or first.t == 'Plain') then
      first.content:insert(1, back)
      first.content:insert(2, pandoc.Str('.\u{A0}'))
    else
      content:insert(1, pandoc.Para({ back }))
    end
    result:extend(content)
    result:insert(raw('</aside>'))
  end
  result:insert(raw('</section>'))
  return result
end

-- ── figures and tables ─────────────────────────────────────────────────────────────────

local function captioned(element)
  local number, label = element.attributes.number, element.attributes.label
  local caption = pandoc.Blocks(element.caption.long)
  element.attributes.number, element.attributes.label, element.attributes.data = nil, nil, nil
  element.attributes.part = nil
  if not number then return caption end
  local name = label .. '\u{A0}' .. number
  local first = caption[1]
  if first and (first.t == 'Plain' or first.t == 'Para') then
    first.content:insert(1, pandoc.Span({ pandoc.Str(name .. context.words.colon) }, { class = 'caption-label' }))
    first.content:insert(2, pandoc.Space())
  else
    caption:insert(1, pandoc.Plain({ pandoc.Span({ pandoc.Str(name) }, { class = 'caption-label' }) }))
  end
  return caption
end

local function figure(element)
  element.caption = { long = captioned(element) }
  return element
end

local BAR = '^([%d.]+) ([%d.]+) #%x+ (#%x+)$'

local function styled(cell)
  local fill, ink = cell.attributes.background, cell.attributes.color
  local from, to, tint = (cell.attributes.bar or ''):match(BAR)
  cell.attributes.background, cell.attributes.color, cell.attributes.bar = nil, nil, nil
  if from then
    cell.attributes.style = ('background: linear-gradient(to right, #ffffff %s%%, %s %s%%, %s %s%%, #ffffff %s%%); '
      .. 'color: #000000; min-width: 5em'):format(from, tint, from, tint, to, to)
  end
  if fill and ink then cell.attributes.style = ('background-color: %s; color: %s'):format(fill, ink) end
end

local function style_rows(rows)
  for _, row in ipairs(rows) do
    for _, cell in ipairs(row.cells) do styled(cell) end
  end
end

local function data_table(element)
  element.caption = { long = captioned(element) }
  style_rows(element.head.rows)
  style_rows(element.foot.rows)
  for _, body in ipairs(element.bodies) do
    style_rows(body.head)
    style_rows(body.body)
  end
  return pandoc.Blocks({ raw('<div class="table">'), element, raw('</div>') })
end

-- ── blocks ─────────────────────────────────────────────────────────────────────────────

local function header(element)
  element.content = numbered(element.content, element.attributes.number)
  element.attributes.number = nil
  element.classes = {}
  return element
end

local div = {}

local function wrapped(open, content, close)
  local result = pandoc.Blocks({ open })
  result:extend(content)
  result:insert(raw(close))
  return result
end

function div.callout(element)
  local kind = element.classes[2]
  local word, title = context.words[kind], element.attributes.title
  local says_kind = title:sub(1, #word) == word
  local shown = says_kind and title or word .. context.words.colon .. ' ' .. title
  return wrapped(raw('<aside class="callout %s"%s%s><p class="callout-title">%s</p>',
    kind, id_of(element), language(element), escaped(shown)), element.content, '</aside>')
end

function div.tab(element)
  local level = tonumber(element.attributes.level)
  return wrapped(raw('<div class="tab"%s><h%d class="tab-title">%s</h%d>', id_of(element), level,
    escaped(element.attributes.title or ''), level), element.content, '</div>')
end

div['code-fold'] = function(element)
  local open = element.attributes.open == 'true' and ' open="open"' or ''
  return wrapped(raw('<details class="code-fold"%s><summary>%s</summary>', open, escaped(element.attributes.summary)),
    element.content, '</details>')
end

function div.pagebreak() return raw('<div class="pagebreak"></div>') end

div['layout-cell'] = function(element)
  local width = tonumber(element.attributes.width)
  element.attributes.width = nil
  if width then element.attributes.style = ('width: %g%%'):format(width - 2) end
  return element
end

local function block_div(element)
  for _, class in ipairs(element.classes) do
    if div[class] then return div[class](element) end
  end
  for _, name in ipairs({ 'group', 'number' }) do element.attributes[name] = nil end
  return element
end

local function code(element)
  local filename = element.attributes.filename
  element.attributes = {}
  element.classes = {}
  if not filename then return element end
  return pandoc.Blocks({ raw('<p class="code-name">%s</p>', escaped(filename)), element })
end

-- ── inlines ────────────────────────────────────────────────────────────────────────────

local function span(element)
  local attributes = element.attributes
  attributes.cites, attributes.alt = nil, nil
  if not element.classes:includes('equation') then return element end
  local number = attributes.number
  attributes.number = nil
  if number then
    element.content:insert(pandoc.Span({ pandoc.Str('(' .. number .. ')') }, { class = 'equation-number' }))
  end
  return element
end

-- A file that goes with the pages of the site isn't in the EPUB: its name stays, without a link.
local function link(element)
  local page = element.attributes.page
  element.attributes.page = nil
  if element.classes:includes('file') then return element.content end
  if page then element.target = context.pages[page] .. element.target end
  return element
end

local function image(element)
  local alt = element.attributes.alt or stringify(element.caption)
  element.attributes = { width = element.attributes.width, height = element.attributes.height }
  element.caption = { pandoc.Str(alt) }
  element.title = ''
  element.src = context.pictures[element.src]
  return element
end

local function task_signs(list)
  local signs = { ['☐'] = true, ['☒'] = true }
  for _, item in ipairs(list.content) do
    local first = item[1] and item[1].content and item[1].content[1]
    if not (first and first.t == 'Str' and signs[first.text]) then return nil end
  end
  for _, item in ipairs(list.content) do
    -- pandoc would make a box to tick of it
    item[1].content[1] = pandoc.Span({ pandoc.Str(item[1].content[1].text) }, { class = 'task' })
  end
  return list
end

-- A tab's title is one level below the last heading before it.
local function tab_levels()
  local last = 1
  return {
    traverse = 'topdown',
    Header = function(element) last = element.level end,
    Div = function(element)
      if not element.classes:includes('tab') then return nil end
      element.attributes.level = tostring(math.min(6, last + 1))
      return element
    end,
  }
end

local steps = {
  Header = header, Figure = figure, Table = data_table, CodeBlock = code, BulletList = task_signs,
  Span = span, Link = link, Image = image, Note = note,
}

local function written(block)
  return block:walk(tab_levels()):walk(steps):walk({ Div = block_div })
end

-- ── the chapter ────────────────────────────────────────────────────────────────────────

local TYPES = { appendix = 'appendix', references = 'bibliography', chapter = 'chapter' }

local function walked(value)
  local kind = pandoc.utils.type(value)
  if kind == 'Inlines' then return written(pandoc.Plain(value)).content end
  if kind == 'Blocks' then return written(pandoc.Div(value)).content end
  return value
end

local function label(meta)
  local number, kind = stringify(meta.number or ''), stringify(meta.kind)
  local word = ({ chapter = context.words.chapter, appendix = context.words.appendix })[kind]
  return word and number ~= '' and word .. '\u{A0}' .. number or nil
end

-- What a template puts in an address: pandoc leaves quotation marks as they are.
local function add_attributes(authors)
  for _, author in ipairs(authors or {}) do
    for _, key in ipairs({ 'orcid', 'email' }) do
      if author[key] then
        author[key .. '-attr'] = pandoc.MetaInlines({ raw_inline('%s', escaped(stringify(author[key]))) })
      end
    end
  end
end

function Pandoc(doc)
  local meta = doc.meta
  add_attributes(meta.author)
  context = pandoc.json.decode(stringify(meta['actes-context']), false)
  meta.lang = context.lang
  if stringify(meta.kind) == 'index' then
    -- the title page has them
    for _, key in ipairs({ 'author', 'subtitle', 'abstract', 'date', 'keywords' }) do meta[key] = nil end
  end
  local title = doc.blocks[1]
  if title and title.t == 'Header' and title.level == 1 then
    doc.blocks:remove(1)
  else
    title = pandoc.Header(1, meta.title or {})
  end
  meta['plain-title'] = stringify(title.content:walk({ Note = function() return {} end }))
  meta.title, meta['title-id'] = walked(title.content), title.identifier
  meta.label, meta.type = label(meta), TYPES[stringify(meta.kind)]
  if meta.subtitle then meta.subtitle = walked(meta.subtitle) end
  if meta.abstract then meta.abstract = walked(meta.abstract) end
  meta['w-abstract'], meta['w-keywords'] = context.words.abstract, context.words.keywords
  meta['w-colon'] = context.words.colon
  doc.blocks = pandoc.Blocks(walked(doc.blocks))
  doc.blocks:extend(notes_at_the_end(walked))
  return doc
end
