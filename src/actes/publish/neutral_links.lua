-- Tell references from citations, and links inside the book from the others. What they lead to
-- is written later (`resolve.lua`), when the whole book is numbered.

local stringify = pandoc.utils.stringify

-- A link of any other kind may run code.
local SCHEMES = { http = true, https = true, mailto = true, tel = true, doi = true, ftp = true, file = true }
local SOURCES = { qmd = true, md = true, ipynb = true }

-- `fig-x` for `fig-x` and `Fig-x`; nil for a bibliography key.
local function reference_id(key, context)
  local prefix, rest = key:match('^(%a+)%-(.+)$')
  if not prefix then return nil end
  local lower = prefix:sub(1, 1):lower() .. prefix:sub(2)
  if lower == 'sec' or context.kinds[lower] or context.unknown_kinds[lower] then
    return lower .. '-' .. rest, lower, lower ~= prefix
  end
end

local function reference(citation, context, report)
  local id, prefix, is_capital = reference_id(citation.id, context)
  if context.unknown_kinds[prefix] then report('float', prefix .. '-', '@' .. citation.id) end
  local refs = context.gathered.refs
  refs[#refs + 1] = { id = id, needle = '@' .. citation.id }
  local style = 'full'
  if citation.mode == 'SuppressAuthor' or #citation.prefix > 0 then style = 'bare' end
  local link = pandoc.Link({}, '#' .. id, '', pandoc.Attr('', { 'xref' }, {
    { 'style', style }, { 'capital', tostring(is_capital) },
  }))
  local result = pandoc.Inlines({})
  if #citation.prefix > 0 then
    result:extend(citation.prefix)
    result:insert(pandoc.Str('\u{A0}'))
  end
  result:insert(link)
  -- `@fig-x [p. 3]`: what is between brackets has no space of its own.
  local first = citation.suffix[1]
  if first and first.t == 'Str' and first.text:match('^%w') then result:insert(pandoc.Space()) end
  result:extend(citation.suffix)
  return result
end

-- One pandoc citation may mix references and bibliography keys: each goes its own way.
local function cite_filter(context, report)
  return function(cite)
    local result, others = pandoc.Inlines({}), pandoc.List({})
    for _, citation in ipairs(cite.citations) do
      if reference_id(citation.id, context) then
        if #result > 0 then result:extend({ pandoc.Str(','), pandoc.Space() }) end
        result:extend(reference(citation, context, report))
      else
        others:insert(citation)
        local keys = context.gathered.keys
        keys[#keys + 1] = citation.id
      end
    end
    if #result == 0 then return nil end
    if #others > 0 then
      result:insert(pandoc.Space())
      result:insert(pandoc.Cite({}, others))
    end
    return result
  end
end

local function link_filter(context, report)
  local gathered = context.gathered
  return function(link)
    local target = context.decoded(link.target)
    if link.classes:includes('xref') or target == '' then return nil end
    local scheme = target:match('^%s*([%a][%w+.-]*):')
    if scheme and not SCHEMES[scheme:lower()] then report('active', scheme .. ':', link.target:match('^%s*(%S*)')) end
    if scheme or target:match('^//') then return nil end
    local path, anchor = target:match('^([^#]*)#?(.*)$')
    if path == '' then
      gathered.links[#gathered.links + 1] = { kind = 'anchor', path = '', anchor = anchor,
        needle = target }
      return nil
    end
    local inside = context.inside_book(path, context.directory)
    if not inside then
      report('outside', target)
      return nil
    end
    local kind = SOURCES[path:match('%.(%w+)$') or ''] and 'page' or 'file'
    gathered.links[#gathered.links + 1] = { kind = kind, path = inside, anchor = anchor,
      needle = path }
    link.target = inside .. (anchor ~= '' and ('#' .. anchor) or '')
    link.classes:insert(kind == 'page' and 'page' or 'file')
    return link
  end
end

-- What MathML cannot say would be shown as TeX.
local function check_formulas(doc, report)
  doc:walk({
    Math = function(math)
      local html = pandoc.write(pandoc.Pandoc({ pandoc.Plain({ math }) }), 'html5',
        { html_math_method = 'mathml' })
      if not html:find('<math', 1, true) then
        local line = math.text:match('^%s*([^\n]*)')
        report('formula', line, line)
      end
    end,
  })
end

-- Marks that pandoc has left as text: an author would find them printed.
local STRAY = { '^:::+', '%[%^[^%]%s]+%]', '{#%a+%-[%w_-]+', '^```' }

local STRAY_TEXTS = { ':::', '[^', '{#', '```', '\\\\' }

-- LaTeX that is no formula.
local LATEX = {}
for name in ('begin end newpage clearpage pagebreak newline noindent vspace hspace bigskip medskip smallskip '
  .. 'centering textbf textit emph footnote cite ref label input include usepackage'):gmatch('%a+') do
  LATEX[name] = true
end

local function holds_any(written, texts)
  for _, text in ipairs(texts) do
    if written:find(text, 1, true) then return true end
  end
  return false
end

local function check_stray(doc, report)
  doc:walk({
    Inlines = function(inlines)
      local was_opened = false
      for position, each in ipairs(inlines) do
        local text = each.t == 'Str' and each.text or ''
        for _, pattern in ipairs(STRAY) do
          local found = text:match(pattern)
          -- A bare mark is on many lines: what follows it tells them apart.
          local after = inlines[position + 2] and inlines[position + 2].text
          local is_closing = was_opened and text:match('^:::+$') and not after
          was_opened = was_opened or found ~= nil
          if found and not is_closing then report('stray', found, text .. (after and ' ' .. after or '')) end
        end
        local command = text:match('^\\(%a+)')
        if LATEX[command] then report('raw', 'latex', '\\' .. command) end
      end
    end,
  })
end

-- `{onclick="…"}` would become an event handler.
local function check_attributes(doc, report)
  local function look(element)
    for key in pairs(element.attributes) do
      if key:lower():match('^on') then report('active', key, key) end
    end
  end
  doc:walk({
    Div = look, Span = look, Header = look, Figure = look, Table = look, CodeBlock = look,
    Code = look, Image = look, Link = look,
  })
end

-- What is rare is first looked for in the document as pandoc writes it: that is soon done.
local function check_rarities(doc, report)
  local written = pandoc.write(doc, 'json')
  if written:find('"t":"Math"', 1, true) then check_formulas(doc, report) end
  if holds_any(written, STRAY_TEXTS) then check_stray(doc, report) end
  if written:find('%["[oO][nN]') then check_attributes(doc, report) end
end

-- Note what can be linked to, and the images that say nothing to who cannot see them.
local function look_over(doc, ids, report)
  local function note(element)
    if element.identifier ~= '' then ids[#ids + 1] = element.identifier end
  end
  doc:walk({
    Div = note, Span = note, Header = note, Figure = note, Table = note, CodeBlock = note,
    Code = note, Link = note,
    Image = function(image)
      note(image)
      if image.attributes.alt == '' then report('no-alt', image.src, image.src:match('[^/]*$')) end
    end,
  })
end

return function(doc, context, report)
  doc = doc:walk({ Cite = cite_filter(context, report), Link = link_filter(context, report) })
  check_rarities(doc, report)
  look_over(doc, context.gathered.ids, report)
  context.gathered.has_bibliography = pandoc.List(context.gathered.ids):includes('refs')
  return doc
end
