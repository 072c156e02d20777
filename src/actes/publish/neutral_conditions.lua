-- Keep what is meant for this format, these metadata and these profiles.

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

return function(doc, context, report)
  local was_read = context.was_read
  if was_read('hidden') or was_read('content-visible') or was_read('content-hidden') then
    doc = doc:walk(conditional(context, report))
  end
  return doc
end
