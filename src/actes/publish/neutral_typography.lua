-- Set French as printers do: a narrow no-break space before ; ! ? and % and between thousands, a
-- no-break space before the colon and inside « ». Never in code, formulas, addresses, or under another language.

local THIN, WIDE = '\u{202F}', '\u{A0}'
local NARROW_BEFORE = { [';'] = true, ['!'] = true, ['?'] = true, ['%'] = true }

local function is_gap(inline)
  return inline.t == 'Space' or inline.t == 'SoftBreak'
end

local function starts(inline, text)
  return inline and inline.t == 'Str' and inline.text:sub(1, #text) == text
end

local function ends(inline, text)
  return inline and inline.t == 'Str' and inline.text:sub(-#text) == text
end

local function space_before(inline)
  if not inline or inline.t ~= 'Str' then return nil end
  local first = inline.text:sub(1, 1)
  if NARROW_BEFORE[first] then return THIN end
  if (first == ':' and not inline.text:match('^:%S')) or starts(inline, '»') then return WIDE end
end

-- "12 480" is one number: a group of one to three digits, then groups of three.
local function is_thousands(before, after)
  return before and after and before.t == 'Str' and after.t == 'Str'
    and before.text:match('^%D*%d%d?%d?$') and after.text:match('^%d%d%d%D*$')
    and not after.text:match('^%d%d%d%a')
end

local function tight_guillemets(text)
  return (text:gsub('«([^%s\u{A0}\u{202F}])', '«' .. WIDE .. '%1')
    :gsub('([^%s\u{A0}\u{202F}])»', '%1' .. WIDE .. '»'))
end

-- Only direct neighbours count: a gap at the edge of an emphasis stays as it is.
local function spaced(inlines)
  for position, each in ipairs(inlines) do
    local before, after = inlines[position - 1], inlines[position + 1]
    if is_gap(each) then
      local space = space_before(after) or (ends(before, '«') and WIDE)
        or (is_thousands(before, after) and THIN)
      if space then inlines[position] = pandoc.Str(space) end
    elseif each.t == 'Str' and each.text ~= '«' and each.text ~= '»' then
      each.text = tight_guillemets(each.text)
    end
  end
  return inlines
end

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

local french = {
  traverse = 'topdown',
  Div = other_language,
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
