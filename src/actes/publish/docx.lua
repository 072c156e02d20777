-- Write neutral chapters as one Word document. In: one div per chapter (attributes: slug, kind, number,
-- lang), the chapters' metadata in `chapters`, and a JSON context (`actes-context`: words, pictures by
-- path, with their width, language). Out: pandoc elements in our own styles (docx_styles.py).
-- Only here: the style and the place of each construct. Word has one set of bookmarks: each identifier
-- is led by its chapter's.

local stringify = pandoc.utils.stringify

local context
local at = { slug = '', kind = '', folded = false }   -- where the writing is; was some code left out?

local function raw(text) return pandoc.RawInline('openxml', text) end

local TAB = raw('<w:r><w:tab/></w:r>')

local function styled(name, blocks)
  return pandoc.Div(blocks, { ['custom-style'] = name })
end

local function paragraph(name, inlines) return styled(name, { pandoc.Para(inlines) }) end

-- An identifier of the chapter `slug`, unique in the document.
local function mark(slug, id) return id == '' and '' or slug:gsub('[/.]', '-') .. '--' .. id end

local function named(inlines, id)
  return pandoc.Span(inlines, { id = mark(at.slug, id) })
end

-- A thin empty line: Word joins two tables, or two boxes, that nothing parts.
local function gap() return paragraph('Gap', { raw('<w:r></w:r>') }) end

local function is_empty(value) return value == nil or stringify(value) == '' end

local function as_inlines(value)
  local kind = pandoc.utils.type(value)
  if kind == 'Inlines' then return value:clone() end
  if kind == 'Blocks' then return pandoc.utils.blocks_to_inlines(value) end
  return pandoc.Inlines({ pandoc.Str(stringify(value)) })
end

local function as_blocks(value)
  return pandoc.utils.type(value) == 'Blocks' and value or pandoc.Blocks({ pandoc.Para(as_inlines(value)) })
end

local function as_paragraphs(blocks)
  return pandoc.Blocks(blocks):map(function(block)
    return block.t == 'Plain' and pandoc.Para(block.content) or block
  end)
end

-- ── figures, tables, equations ─────────────────────────────────────────────────────────

-- "Figure 3.1 : …": the label is what a reference leads to.
local function captioned(element)
  local number, label = element.attributes.number, element.attributes.label
  local inlines = pandoc.Inlines({})
  for position, block in ipairs(element.caption.long) do
    if position > 1 then inlines:insert(pandoc.LineBreak()) end
    inlines:extend(block.content or {})
  end
  if number then
    local name = pandoc.Span({ pandoc.Str(label .. '\u{A0}' .. number) }, { ['custom-style'] = 'Caption Label' })
    local lead = pandoc.Inlines({ named({ name }, element.identifier) })
    if #inlines > 0 then lead:extend({ pandoc.Str(context.words.colon), pandoc.Space() }) end
    lead:extend(inlines)
    return lead
  end
  if element.identifier ~= '' then inlines:insert(1, named({}, element.identifier)) end
  return inlines
end

local function figure(element)
  local result = pandoc.Blocks({})
  for _, block in ipairs(element.content) do
    if block.t == 'Plain' or block.t == 'Para' then
      result:insert(paragraph('Figure', block.content))
    else
      result:insert(block)
    end
  end
  local caption = captioned(element)
  if #caption > 0 then result:insert(paragraph('Image Caption', caption)) end
  return result
end

local function text_of_cell(cell)
  local fill, ink = cell.attributes.background, cell.attributes.color
  cell.contents = pandoc.Blocks({ styled('Table Text', as_paragraphs(cell.contents)) })
  -- docx.py turns this mark into the cell's own colours
  if fill and ink then
    local said = raw(('<!--actes-cell %s %s-->'):format(fill:sub(2), ink:sub(2)))
    local first = cell.contents[1].content[1]
    if first and first.content and first.t == 'Para' then first.content:insert(1, said) end
  end
end

local function each_cell(rows)
  for _, row in ipairs(rows) do
    for _, cell in ipairs(row.cells) do text_of_cell(cell) end
  end
end

local CHARACTERS = 95     -- of table text, on the width of a page
local MARGINS = 5         -- of a cell, in characters

-- Each column as wide as its longest line asks, up to a third of the page; an author's own widths stay.
local function widths_from_content(element)
  if element.colspecs[1][2] then return end
  local wanted = {}
  local function look(rows)
    for _, row in ipairs(rows) do
      local column = 1
      for _, cell in ipairs(row.cells) do
        if cell.col_span == 1 then
          local length = math.min(utf8.len(stringify(cell.contents)) or 0, CHARACTERS // 3)
          wanted[column] = math.max(wanted[column] or 1, length)
        end
        column = column + cell.col_span
      end
    end
  end
  look(element.head.rows)
  for _, body in ipairs(element.bodies) do look(body.body) end
  local total = 0
  for column in ipairs(element.colspecs) do total = total + (wanted[column] or 1) + MARGINS end
  local shrunk = math.max(total, CHARACTERS)
  element.colspecs = element.colspecs:map(function(spec, column)
    return { spec[1], ((wanted[column] or 1) + MARGINS) / shrunk }
  end)
end

local function data_table(element)
  widths_from_content(element)
  local result = pandoc.Blocks({})
  local caption = captioned(element)
  if #caption > 0 then result:insert(paragraph('Table Caption', caption)) end
  element.caption, element.identifier = { long = {} }, ''
  each_cell(element.head.rows)
  each_cell(element.foot.rows)
  for _, body in ipairs(element.bodies) do
    each_cell(body.head)
    each_cell(body.body)
  end
  result:insert(element)
  result:insert(gap())
  return result
end

local function equation(span)
  local math = span.content[1]
  local number = span.attributes.number
  if not number then return pandoc.Para({ math }) end
  return paragraph('Equation', {
    TAB, pandoc.Math('InlineMath', math.text), TAB,
    named({ pandoc.Str('(' .. number .. ')') }, span.identifier),
  })
end

-- An equation that has a number stands on a line of its own.
local function split_at_equations(block)
  local result, line = pandoc.Blocks({}), pandoc.Inlines({})
  local function flush()
    while line[1] and (line[1].t == 'Space' or line[1].t == 'SoftBreak') do line:remove(1) end
    if #line > 0 then result:insert(pandoc.Para(line)) end
    line = pandoc.Inlines({})
  end
  for _, each in ipairs(block.content) do
    if each.t == 'Span' and each.classes:includes('equation') then
      flush()
      result:insert(equation(each))
    else
      line:insert(each)
    end
  end
  if #result == 0 then return nil end
  flush()
  return result
end

-- ── blocks ─────────────────────────────────────────────────────────────────────────────

local function label(kind, number)
  local word = ({ chapter = context.words.chapter, appendix = context.words.appendix })[kind]
  return word and number ~= '' and word .. '\u{A0}' .. number or nil
end

local function header(element)
  local number = element.attributes.number
  local chapter = element.level == 1 and number and label(at.kind, number)
  if chapter then
    element.content:insert(1, pandoc.Str(chapter .. '\u{A0}–'))
    element.content:insert(2, pandoc.Space())
  elseif number then
    element.content:insert(1, pandoc.Str(number))
    element.content:insert(2, pandoc.Str('\u{2002}'))
  end
  element.level = math.max(1, element.level - context.levels_up)
  element.identifier = mark(at.slug, element.identifier)
  element.attributes, element.classes = {}, {}
  return element
end

local div = {}

-- Text between two blocks of another kind, or in a list, keeps the style of what it is in.
local function in_style(name, blocks)
  return as_paragraphs(blocks):map(function(block)
    if block.t == 'Para' then return styled(name, { block }) end
    if block.t == 'BulletList' or block.t == 'OrderedList' then
      block.content = block.content:map(function(item) return in_style(name, item) end)
    end
    return block
  end)
end

local function callout_title(element)
  local kind = element.classes[2]
  local word, title = context.words[kind], element.attributes.title
  local says_kind = title:sub(1, #word) == word
  local shown = says_kind and title or word .. context.words.colon .. ' ' .. title
  return { named({ pandoc.Str(shown) }, element.identifier) }
end

-- A ground and a rule on the left, around more than paragraphs.
local OPEN_BOX = '<w:tbl><w:tblPr><w:tblW w:type="pct" w:w="5000"/><w:tblCellMar>'
  .. '<w:top w:w="80" w:type="dxa"/><w:left w:w="180" w:type="dxa"/><w:bottom w:w="80" w:type="dxa"/>'
  .. '<w:right w:w="180" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid><w:gridCol w:w="9000"/></w:tblGrid>'
  .. '<w:tr><w:tc><w:tcPr><w:tcW w:type="pct" w:w="5000"/><w:tcBorders><w:left w:val="single" w:sz="18" w:space="0" w:color="1F3A5F"/>'
  .. '</w:tcBorders><w:shd w:val="clear" w:color="auto" w:fill="F3F5F8"/></w:tcPr>'
local CLOSE_BOX = '</w:tc></w:tr></w:tbl>'

local WIDEST_IN_BOX = 6   -- inches

local function within_box(image)
  local inches = tonumber((image.attributes.width or ''):match('^([%d.]+)in$'))
  if inches and inches > WIDEST_IN_BOX then image.attributes.width = WIDEST_IN_BOX .. 'in' end
  return image
end

local function boxed(element)
  element = element:walk({ Image = within_box })
  local result = pandoc.Blocks({ pandoc.RawBlock('openxml', OPEN_BOX), paragraph('Box Title', callout_title(element)) })
  result:extend(in_style('Box Text', element.content))
  result:insert(pandoc.RawBlock('openxml', CLOSE_BOX))
  return result
end

-- Does it hold more than paragraphs? The items of a list have a margin of their own: their rule would not be that of
-- the text.
local function needs_box(blocks)
  for _, block in ipairs(blocks) do
    if block.t ~= 'Para' and block.t ~= 'Plain' then return true end
  end
  return false
end

function div.callout(element)
  local result
  if needs_box(element.content) then
    result = boxed(element)
  else
    result = pandoc.Blocks({ paragraph('Callout Title', callout_title(element)) })
    result:extend(in_style('Callout', element.content))
  end
  result:insert(gap())
  return result
end

function div.tab(element)
  local title = named({ pandoc.Str(element.attributes.title or '') }, element.identifier)
  local result = pandoc.Blocks({ paragraph('Tab Title', { title }) })
  result:extend(element.content)
  return result
end

-- Folded code stays folded on paper: left out, and the first page says so.
div['code-fold'] = function(element)
  if element.attributes.open == 'true' then return element.content end
  at.folded = true
  return {}
end

function div.pagebreak()
  return pandoc.RawBlock('openxml', '<w:p><w:r><w:br w:type="page"/></w:r></w:p>')
end

div['csl-entry'] = function(element)
  local result = styled('Bibliography', as_paragraphs(element.content))
  local first = result.content[1]
  if first.t == 'Para' then first.content:insert(1, named({}, element.identifier)) end
  return result
end

local function block_div(element)
  for _, class in ipairs(element.classes) do
    if div[class] then return div[class](element) end
  end
  if element.attributes['custom-style'] then return nil end
  local content = element.content
  if element.identifier ~= '' and content[1] and content[1].t == 'Para' then
    content[1].content:insert(1, named({}, element.identifier))
  end
  return content
end

local function code(element)
  local filename = element.attributes.filename
  element.attributes, element.classes = {}, {}
  if not filename then return element end
  return pandoc.Blocks({ paragraph('Code Name', { pandoc.Str(filename) }), element })
end

-- ── inlines ────────────────────────────────────────────────────────────────────────────

local function image(element)
  local alt = element.attributes.alt or stringify(element.caption)
  element.caption, element.title = { pandoc.Str(alt) }, ''
  local drawn = context.pictures[element.src]
  if drawn then
    element.src = drawn.path
    if not element.attributes.width and not element.attributes.height then
      element.attributes.width = drawn.width_inches .. 'in'
    end
  end
  return element
end

local function link(element)
  if element.classes:includes('file') then return element.content end
  local id = element.target:match('^#(.*)$')
  if not id then return element end
  local page = element.attributes.page
  local owner = page and page:gsub('%.html$', '') or at.slug
  return pandoc.Link(element.content, '#' .. mark(owner, id))
end

local function span(element)
  if element.attributes['custom-style'] or element.identifier:find('--', 1, true) then return nil end
  element.identifier = mark(at.slug, element.identifier)
  local lang = element.attributes.lang
  if lang then element.attributes.lang = context.tags[lang] or lang end
  element.attributes.cites = nil
  return element
end

-- Word knows the language of runs, not of blocks.
local function in_language(lang, blocks)
  local tag = context.tags[lang] or lang
  local function wrap(block)
    block.content = { pandoc.Span(block.content, { lang = tag }) }
    return block
  end
  return pandoc.Div(blocks):walk({ Para = wrap, Plain = wrap, Header = wrap }).content
end

local function language_div(element)
  local lang = element.attributes.lang
  if not lang then return nil end
  element.attributes.lang = nil
  element.content = in_language(lang, element.content)
  return element
end

-- ── chapters ───────────────────────────────────────────────────────────────────────────

local function written(blocks)
  return pandoc.Div(blocks)
    :walk({ Div = language_div })
    :walk({ Para = split_at_equations, Plain = split_at_equations })
    :walk({ Span = span, Link = link, Image = image, Header = header, CodeBlock = code })
    :walk({ traverse = 'bottomup', Figure = figure, Table = data_table, Div = block_div })
    .content
end

local function author(one, result)
  result:insert(paragraph('Author', as_inlines(one.name)))
  local details = pandoc.Inlines({})
  local function add(inlines)
    if #details > 0 then details:insert(pandoc.LineBreak()) end
    details:extend(inlines)
  end
  for _, each in ipairs(one.affiliations or {}) do add(as_inlines(each)) end
  if not is_empty(one.orcid) then
    local id = stringify(one.orcid)
    add({ pandoc.Link('ORCID ' .. id, 'https://orcid.org/' .. id) })
  end
  if not is_empty(one.email) then
    local address = stringify(one.email)
    add({ pandoc.Link(address, 'mailto:' .. address) })
  end
  if not is_empty(one.note) then add(as_inlines(one.note)) end
  if #details > 0 then result:insert(paragraph('Affiliation', details)) end
end

-- What comes between a title and the text.
local function head(meta, result)
  if not is_empty(meta.subtitle) then result:insert(paragraph('Subtitle', as_inlines(meta.subtitle))) end
  for _, one in ipairs(meta.author or {}) do author(one, result) end
  if not is_empty(meta.date) then result:insert(paragraph('Date', as_inlines(meta.date))) end
  if not is_empty(meta.abstract) then
    result:insert(paragraph('Abstract Title', { pandoc.Str(context.words.abstract) }))
    result:insert(styled('Abstract', as_paragraphs(written(as_blocks(meta.abstract)))))
  end
  if meta.keywords and #meta.keywords > 0 then
    local line = pandoc.Inlines({ pandoc.Strong({ pandoc.Str(context.words.keywords .. context.words.colon) }), pandoc.Space() })
    for position, each in ipairs(meta.keywords) do
      if position > 1 then line:extend({ pandoc.Str(','), pandoc.Space() }) end
      line:extend(as_inlines(each))
    end
    result:insert(paragraph('Abstract', line))
  end
end

local function chapter(element, meta)
  at.slug, at.kind = element.attributes.slug, element.attributes.kind
  local result = pandoc.Blocks({})
  local body = element.content
  local title = body[1]
  if title and title.t == 'Header' and title.level == 1 then
    body:remove(1)
  else
    title = pandoc.Header(1, as_inlines(meta.title or ''))
  end
  if context.is_article then
    result:insert(paragraph('Title', { named(title.content, title.identifier) }))
    result:insert(paragraph('Source', as_inlines(meta.source)))
    result = written(result)
  else
    result:extend(written({ title }))
  end
  head(meta, result)
  -- the abstract in other languages
  while body[1] and body[1].t == 'Div' and body[1].attributes.lang do
    result:insert(styled('Abstract', as_paragraphs(written({ body:remove(1) }))))
  end
  local text = written(body)
  if context.is_article and at.folded then
    result:insert(paragraph('Source', { pandoc.Str(context.folded) }))
  end
  result:extend(text)
  local lang = element.attributes.lang
  return lang ~= context.lang and in_language(lang, result) or result
end

-- ── contents ───────────────────────────────────────────────────────────────────────────

local function field(kind) return raw(('<w:r><w:fldChar w:fldCharType="%s"/></w:r>'):format(kind)) end

-- A table of contents that Word can redo with page numbers, already filled with links.
local function contents(blocks)
  local lines = pandoc.Blocks({})
  for _, block in ipairs(blocks) do
    local is_part = block.t == 'Div' and block.attributes['custom-style'] == 'Part Title'
    local is_head = block.t == 'Header' and block.level <= 2
    if is_part then
      lines:insert(paragraph('TOC 1', { pandoc.Strong({ pandoc.Str(stringify(block)) }) }))
    elseif is_head then
      local words = pandoc.Str(stringify(block.content:walk({ Note = function() return {} end })))
      local entry = block.identifier ~= '' and pandoc.Link(words, '#' .. block.identifier) or words
      lines:insert(paragraph('TOC ' .. block.level, { entry }))
    end
  end
  if #lines == 0 then return lines end
  local first, last = lines[1].content[1].content, lines[#lines].content[1].content
  first:insert(1, field('begin'))
  first:insert(2, raw('<w:r><w:instrText xml:space="preserve"> TOC \\o "1-2" \\h \\z \\u </w:instrText></w:r>'))
  first:insert(3, field('separate'))
  last:insert(field('end'))
  lines:insert(1, paragraph('TOC Heading', { pandoc.Str(context.words.contents) }))
  return lines
end

-- The project file's texts are markdown.
local function from_markdown(value)
  return pandoc.read(stringify(value), 'markdown-raw_html').blocks
end

local function book_head(meta, body)
  local result = pandoc.Blocks({ paragraph('Title', as_inlines(from_markdown(meta.title))) })
  meta.subtitle, meta.abstract = from_markdown(meta.subtitle), from_markdown(meta.abstract)
  head(meta, result)
  if at.folded then result:insert(paragraph('Source', { pandoc.Str(context.folded) })) end
  result:extend(contents(body))
  return result
end

function Pandoc(doc)
  context = pandoc.json.decode(stringify(doc.meta['actes-context']), false)
  local body = pandoc.Blocks({})
  local position = 0
  for _, block in ipairs(doc.blocks) do
    if block.t == 'Div' and block.classes:includes('actes-chapter') then
      position = position + 1
      body:extend(chapter(block, doc.meta.chapters[position]))
    else
      body:insert(paragraph('Part Title', as_inlines(from_markdown(block.content))))
    end
  end
  if not context.is_article then
    local front = book_head(doc.meta.book, body)
    front:extend(body)
    body = front
  end
  return pandoc.Pandoc(body, { lang = context.tag })
end
