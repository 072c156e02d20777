-- Write the neutral document's constructs as accessible HTML. In: a neutral chapter and a JSON
-- context (`actes-context`: words, path back to the root, contents depth). Out: pandoc elements
-- that the HTML writer sets as they are. Only here: the markup of each construct; that of figures
-- and tables is in `html_floats.lua`.

local stringify = pandoc.utils.stringify
local here = pandoc.path.directory(PANDOC_SCRIPT_FILE)

local function raw(text) return pandoc.RawBlock('html', text) end
local function raw_inline(text) return pandoc.RawInline('html', text) end

local function escaped(text)
  return (text:gsub('&', '&amp;'):gsub('<', '&lt;'):gsub('>', '&gt;'):gsub('"', '&quot;'))
end

local function url(path)
  return (path:gsub('[^%w%-%._~/#]', function(byte) return ('%%%02X'):format(byte:byte()) end))
end

local function with_title(word, title) return (word:gsub('{title}', function() return title end)) end

local function anchor(id, title, words)
  return ('<a class="anchor" href="#%s" aria-label="%s"><span aria-hidden="true">#</span></a>')
    :format(escaped(id), escaped(with_title(words.anchor, title)))
end

local floats = loadfile(pandoc.path.join({ here, 'html_floats.lua' }))({
  raw = raw, raw_inline = raw_inline, escaped = escaped, url = url, anchor = anchor,
})

-- ── headings and contents ──────────────────────────────────────────────────────────────

local function number_span(number)
  return pandoc.Span({ pandoc.Str(number) }, { class = 'number' })
end

-- The level that a heading has on the page: the front page's title is the book's.
local function level_of(header, context)
  return math.min(6, header.level + (context.kind == 'index' and 1 or 0))
end

local function header_filter(context)
  return function(header)
    local title = stringify(header.content)
    if header.attributes.number then
      header.content:insert(1, number_span(header.attributes.number))
      header.content:insert(2, pandoc.Space())
      header.attributes.number = nil
    end
    header.level = level_of(header, context)
    if header.level == 1 or header.identifier == '' then return header end
    return pandoc.Blocks({
      raw('<div class="heading">'), header,
      raw(anchor(header.identifier, title, context.words) .. '</div>'),
    })
  end
end

-- The headings from level 2 to the depth asked for, with their level and their number.
local function headings(blocks, context)
  local found = {}
  blocks:walk({
    traverse = 'topdown',
    Header = function(header)
      local level = level_of(header, context)
      if level < 2 or level > context.toc_depth or header.identifier == '' then return nil end
      local content, number = header.content, header.attributes.number
      if number then
        content:insert(1, number_span(number))
        content:insert(2, pandoc.Space())
      end
      found[#found + 1] = { level = level, id = header.identifier, content = content }
    end,
  })
  return found
end

local CUT = '<!--heading-->'

-- Write the words of all headings at once: pandoc's writer starts slowly.
local function written(found)
  local blocks = pandoc.Blocks({})
  for _, each in ipairs(found) do blocks:extend({ pandoc.Plain(each.content), raw(CUT) }) end
  blocks = blocks:walk({
    Link = function(link) return link.content end,
    Note = function() return {} end,
  })
  local html = pandoc.write(pandoc.Pandoc(blocks), 'html5',
    { wrap_text = 'none', html_math_method = 'mathml' })
  return html:gmatch('%s*(.-)%s*' .. CUT:gsub('%-', '%%-'))
end

-- Nested lists of the headings.
local function contents(blocks, context)
  local found = headings(blocks, context)
  local lines, level, next_heading = {}, 1, written(found)
  local function add(line) lines[#lines + 1] = line end
  for _, each in ipairs(found) do
    if level >= each.level then add('</li>') end
    while level > each.level do
      add('</ol></li>')
      level = level - 1
    end
    while level < each.level do
      -- A level that is skipped has an item of its own.
      add(level > 1 and level + 1 < each.level and '<ol><li>' or '<ol>')
      level = level + 1
    end
    add(('<li><a href="#%s">%s</a>'):format(escaped(each.id), next_heading()))
  end
  while level > 1 do
    add('</li></ol>')
    level = level - 1
  end
  return table.concat(lines, '\n')
end

-- ── blocks ─────────────────────────────────────────────────────────────────────────────

local ICONS = {
  note = '<circle cx="8" cy="8" r="6.5"/><path d="M8 7.2v4M8 4.6v.6"/>',
  tip = '<path d="M5.6 10.4a4.3 4.3 0 1 1 4.8 0v1.4H5.6zM6.4 14h3.2"/>',
  important = '<circle cx="8" cy="8" r="6.5"/><path d="M8 4.6v4.2M8 11v.6"/>',
  warning = '<path d="M8 1.8 14.6 14H1.4zM8 6.4v3.4M8 11.6v.6"/>',
  caution = '<path d="M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3zM8 4.6v4.2M8 11v.6"/>',
}

local function icon(kind)
  return ('<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">%s</svg>')
    :format(ICONS[kind])
end

local function callout(div, context)
  local kind, attributes = div.classes[2], div.attributes
  local word = context.words[kind]
  local title = escaped(attributes.title)
  if attributes.title ~= word and not attributes.number then
    title = ('<span class="visually-hidden">%s%s </span>%s'):format(word, context.words.colon, title)
  end
  local mark = attributes.appearance ~= 'minimal' and icon(kind) or ''
  local class = ('callout callout-%s callout-%s'):format(kind, attributes.appearance)
  local id = div.identifier ~= '' and (' id="%s"'):format(escaped(div.identifier)) or ''
  local open, close
  if attributes.collapse ~= '' then
    open = ('<details class="%s"%s%s><summary class="callout-title">%s<span>%s</span></summary>')
      :format(class, id, attributes.collapse == 'false' and ' open=""' or '', mark, title)
    close = '</details>'
  else
    open = ('<div class="%s"%s role="note"><p class="callout-title">%s<span>%s</span></p>')
      :format(class, id, mark, title)
    close = '</div>'
  end
  local result = pandoc.Blocks({ raw(open .. '<div class="callout-body">') })
  result:extend(div.content)
  result:insert(raw('</div>' .. close))
  return result
end

local function layout_cell(div)
  div.attributes.style = '--width:' .. div.attributes.width .. '%'
  div.attributes.width = nil
  return div
end

local function tab(div)
  local result = pandoc.Blocks({
    raw(('<div class="tab" id="%s"><p class="tab-title">%s</p>')
      :format(escaped(div.identifier), escaped(div.attributes.title))),
  })
  result:extend(div.content)
  result:insert(raw('</div>'))
  return result
end

local function code_fold(div)
  local open = div.attributes.open == 'true' and ' open=""' or ''
  local result = pandoc.Blocks({
    raw(('<details class="code-fold"%s><summary>%s</summary>'):format(open,
      escaped(div.attributes.summary))),
  })
  result:extend(div.content)
  result:insert(raw('</details>'))
  return result
end

local function div_filter(context)
  return function(div)
    if div.classes[1] == 'callout' then return callout(div, context) end
    if div.classes[1] == 'tab' then return tab(div) end
    if div.classes[1] == 'code-fold' then return code_fold(div) end
    if div.classes[1] == 'layout-cell' then return layout_cell(div) end
  end
end

local function code_filter(block)
  local filename = block.attributes.filename
  if not filename then return nil end
  block.attributes.filename = nil
  return pandoc.Blocks({
    raw(('<div class="code-file"><p class="code-name">%s</p>'):format(escaped(filename))),
    block, raw('</div>'),
  })
end

-- ── inlines ────────────────────────────────────────────────────────────────────────────

local function span_filter(context)
  return function(span)
    if not span.classes:includes('equation') then return nil end
    local number = span.attributes.number
    local id = escaped(span.identifier)
    local title = context.words.equation .. '\u{A0}' .. number
    local result = pandoc.Inlines({
      raw_inline(('<span class="equation" id="%s"><span class="equation-body">'):format(id)) })
    result:extend(span.content)
    result:insert(raw_inline(('</span><a class="equation-number" href="#%s" aria-label="%s">(%s)</a></span>')
      :format(id, escaped(with_title(context.words.anchor, title)), number)))
    return result
  end
end

local function link_filter(context)
  return function(link)
    local page = link.attributes.page
    if page then
      link.target = context.root .. url(page) .. link.target
      link.attributes.page = nil
    elseif link.classes:includes('file') then
      link.target = context.root .. url(link.target)
    end
    return link
  end
end

local function image_filter(context)
  return function(image)
    image.src = context.root .. url(image.src)
    return image
  end
end

-- Texts of the project file are printed as they are: HTML in them is no HTML.
local function inert(meta)
  local function shown(element) return pandoc.Str(element.text) end
  return pandoc.Pandoc({}, meta):walk({
    RawInline = shown, RawBlock = function(element) return pandoc.Plain({ shown(element) }) end,
    Link = function(link)
      if link.target:match('^%s*[jJdDvV]%a*:') then return link.content end
    end,
  }).meta
end

-- What a template puts in an attribute: pandoc leaves quotation marks as they are.
local function add_attributes(authors)
  for _, author in ipairs(authors or {}) do
    for _, key in ipairs({ 'name', 'orcid', 'email' }) do
      if author[key] then
        author[key .. '-attr'] = pandoc.MetaInlines({
          raw_inline(escaped((stringify(author[key]):gsub('%s+', ' ')))) })
      end
    end
  end
end

function Pandoc(doc)
  local context = pandoc.json.decode(stringify(doc.meta['actes-context']), false)
  context.n_tables = 0
  local read = pandoc.write(doc, 'json')
  context.was_read = function(text) return read:find('"' .. text .. '"', 1, true) end
  doc.meta = inert(doc.meta)
  add_attributes(doc.meta.author)
  local steps = {
    Header = header_filter(context), Figure = floats.figure(context),
    Table = floats.table(context), Div = div_filter(context), CodeBlock = code_filter,
    Span = span_filter(context), Link = link_filter(context), Image = image_filter(context),
  }
  local body = pandoc.Pandoc(floats.named_parts(doc.blocks))
  if doc.blocks[1] and doc.blocks[1].t == 'Header' then
    local first = body.blocks[1]
    local repeats_book = first.classes:includes('book-title')
    if context.kind ~= 'index' or repeats_book then body.blocks:remove(1) end
    doc.meta['title-id'] = pandoc.MetaString(first.identifier)
  end
  doc.meta.toc = pandoc.MetaBlocks({ raw(contents(body.blocks, context)) })
  doc.blocks = body:walk(steps).blocks
  if doc.meta.abstract then
    doc.meta.abstract = pandoc.MetaBlocks(pandoc.Pandoc(
      pandoc.utils.type(doc.meta.abstract) == 'Blocks' and doc.meta.abstract
      or { pandoc.Para(doc.meta.abstract) }):walk(steps).blocks)
  end
  return doc
end
