-- Take off what an author writes the words that the neutral document keeps for itself: a class `callout`
-- that is not a callout, a `number` that nobody counted.

local CLASSES, ATTRIBUTES = {}, {}
for name in ('callout tabset tab layout layout-row layout-cell xref page file equation citation theorem theorem-head '
  .. 'subfloats listing book-title'):gmatch('%S+') do
  CLASSES[name] = true
end
for name in ('number label part page capital data'):gmatch('%S+') do ATTRIBUTES[name] = true end

-- Two that the engine writes itself, with what an author would not give them.
local function is_ours(element, class)
  if class == 'code-fold' then return element.attributes.summary ~= nil end
  return class ~= 'pagebreak' or element.t == 'Div' and #element.content == 0
end

local function plain(element)
  element.classes = element.classes:filter(function(class)
    return not CLASSES[class] and is_ours(element, class)
  end)
  for key in pairs(element.attributes) do
    if ATTRIBUTES[key] then element.attributes[key] = nil end
  end
  return element
end

local FILTER = {}
for name in ('Div Span Header Figure Table CodeBlock Code Image Link'):gmatch('%a+') do FILTER[name] = plain end

local function uses_any(was_read)
  for _, names in ipairs({ CLASSES, ATTRIBUTES, { ['code-fold'] = true, pagebreak = true } }) do
    for name in pairs(names) do
      if was_read(name) then return true end
    end
  end
  return false
end

return function(doc, context)
  return uses_any(context.was_read) and doc:walk(FILTER) or doc
end
