-- Set French as printers do: a narrow no-break space before ; ! ? and % and between thousands, a
-- no-break space before the colon and inside « ». Never in code, formulas, addresses, or under another language.

local THIN, WIDE = '\u{202F}', '\u{A0}'
local NARROW_BEFORE = { [';'] = true, ['!'] = true, ['?'] = true, ['%'] = true }

local function starts(text, mark)
  return text and text:sub(1, #mark) == mark
end

local function ends(text, mark)
  return text and text:sub(-#mark) == mark
end

local function space_before(text)
  if not text then return nil end
  local first = text:sub(1, 1)
  if NARROW_BEFORE[first] then return THIN end
  if (first == ':' and not text:match('^:%S')) or starts(text, '»') then return WIDE end
end

-- "12 480" is one number: a group of one to three digits, then groups of three.
local function is_thousands(before, after)
  return before and after and before:match('^%D*%d%d?%d?$') and after:match('^%d%d%d%D*$')
    and not after:match('^%d%d%d%a')
end

local function tight_guillemets(text)
  return (text:gsub('«([^%s\u{A0}\u{202F}])', '«' .. WIDE .. '%1')
    :gsub('([^%s\u{A0}\u{202F}])»', '%1' .. WIDE .. '»'))
end

local GAPS = { Space = true, SoftBreak = true }

-- The space that the texts around a gap ask for; nil when they ask for none.
local function asked_between(before, after)
  return space_before(after) or (ends(before, '«') and WIDE) or (is_thousands(before, after) and THIN)
end

-- Only direct neighbours count: a gap at the edge of an emphasis stays as it is. Asking pandoc for
-- a text or a kind is what costs, and giving a list back: the kind is only asked of what would change.
local function spaced(inlines)
  local texts, is_changed = {}, false
  for position, each in ipairs(inlines) do texts[position] = each.text or false end
  local function word(position)
    return texts[position] and inlines[position].t == 'Str' and texts[position] or nil
  end
  for position, text in ipairs(texts) do
    if not text then
      local may_be = asked_between(texts[position - 1] or nil, texts[position + 1] or nil)
      local space = may_be and GAPS[inlines[position].t] and asked_between(word(position - 1), word(position + 1))
      if space then inlines[position], is_changed = pandoc.Str(space), true end
    elseif text ~= '«' and text ~= '»' then
      local tight = tight_guillemets(text)
      if tight ~= text and word(position) then
        inlines[position].text, texts[position], is_changed = tight, tight, true
      end
    end
  end
  return is_changed and inlines or nil
end

-- The same in a text that is no list of words: an alternative text, a title.
local function spaced_text(text)
  text = text:gsub(' ([;!?%%])', THIN .. '%1'):gsub(' :(%s)', WIDE .. ':%1'):gsub(' :$', WIDE .. ':')
    :gsub(' »', WIDE .. '»'):gsub('« ', '«' .. WIDE)
  for _ = 1, 3 do text = text:gsub('(%f[%d]%d%d?%d?) (%d%d%d)%f[^%d]', '%1' .. THIN .. '%2') end
  return tight_guillemets(text)
end

-- Gives the element back when there is something to space.
local function spaced_attribute(name)
  return function(element)
    local text = element.attributes[name]
    if not text then return nil end
    element.attributes[name] = spaced_text(text)
    return element
  end
end

local spaced_alt, spaced_title = spaced_attribute('alt'), spaced_attribute('title')

local function quoted(element)
  if element.quotetype ~= 'DoubleQuote' then return nil end
  local result = pandoc.Inlines({ pandoc.Str('«' .. WIDE) })
  result:extend(element.content)
  result:insert(pandoc.Str(WIDE .. '»'))
  return result
end

local function other_language(element)
  local lang = element.attributes.lang
  if lang and not lang:match('^fr') then return element, false end
end

local function titled(element)
  local said, goes_on = other_language(element)
  if said then return said, goes_on end
  return spaced_title(element)
end

local french = {
  traverse = 'topdown',
  Div = titled,
  Image = spaced_alt,
  Span = other_language,
  Link = function(link)
    -- A bare address is its own text.
    if pandoc.utils.stringify(link.content) == link.target then return link, false end
  end,
  Quoted = quoted,
  Inlines = spaced,
}

return function(doc, context)
  if not context.lang:match('^fr') then return doc end
  return doc:walk(french)
end
