-- Write Typst's own syntax: text, strings, calls, lengths.
--
-- In: Lua strings and tables. Out: Typst source. Only here: escaping.

-- Every ASCII punctuation mark is escaped, needed or not: nothing an author types can then start
-- markup, continue an expression, or be replaced (quotes, dashes, dots).
local function text(s)
  return (s:gsub('[!-/:-@[-`{-~]', '\\%0')
    -- these would be line ends, hence possibly a new paragraph
    :gsub('[\v\f]', function(c) return string.format('\\u{%x}', c:byte()) end)
    :gsub('\u{85}', '\\u{85}'):gsub('\u{2028}', '\\u{2028}'):gsub('\u{2029}', '\\u{2029}'))
end

local function quoted(s)
  return '"' .. s:gsub('[\\"]', '\\%0'):gsub('\n', '\\n'):gsub('\r', '\\r') .. '"'
end

-- A run that no line can hold gets places where it may be cut, unseen.
local LONGEST, PIECE = 45, 30

local function breakable(s)
  if (utf8.len(s) or 0) <= LONGEST then return s end
  local written, count = {}, 0
  for _, code in utf8.codes(s) do
    local sign = utf8.char(code)
    table.insert(written, sign)
    count = sign == ' ' and 0 or count + 1
    if count >= PIECE or (count > 8 and sign:match('[/_.,;:=&?()-]')) then
      table.insert(written, '\u{200B}')
      count = 0
    end
  end
  return table.concat(written)
end

local function bracketed(markup)
  return '[' .. markup .. ']'
end

local function array(items)
  return '(' .. table.concat(items, ', ') .. (#items == 1 and ',)' or ')')
end

-- `key: value` pairs, sorted by key so that the same book gives the same bytes.
local function pairs_of(named)
  local written = {}
  for key, value in pairs(named) do table.insert(written, key .. ': ' .. value) end
  table.sort(written)
  return written
end

local function dictionary(named)
  return next(named) and '(' .. table.concat(pairs_of(named), ', ') .. ')' or '(:)'
end

-- `#name(key: value, …, positional)[body]`
local function call(name, named, positional, body)
  local arguments = pairs_of(named)
  for _, value in ipairs(positional or {}) do table.insert(arguments, value) end
  local listed = (#arguments > 0 or not body) and '(' .. table.concat(arguments, ', ') .. ')' or ''
  return '#' .. name .. listed .. (body and bracketed(body) or '')
end

local function in_language(lang, body)
  local language, rest = lang:match('^(%a%a%a?)%-?(.*)$')
  if not language then return body end
  local region = ('-' .. rest .. '-'):match('%-(%a%a)%-')
  local named = { region = region and quoted(region:upper()) or 'none' }
  return call('in-language', named, { quoted(language:lower()) }, body)
end

local function length(value)
  local number, unit = value:match('^%s*([%d.]+)%s*([%a%%]*)%s*$')
  number = tonumber(number)
  if not number then return nil end
  if unit == '' or unit == 'px' then return string.format('%gpt', number * 0.75) end
  return ({ ['%'] = 1, pt = 1, mm = 1, cm = 1, ['in'] = 1, em = 1 })[unit]
    and string.format('%g%s', number, unit) or nil
end

return {
  breakable = breakable, text = text, quoted = quoted, bracketed = bracketed, array = array, dictionary = dictionary, call = call,
  in_language = in_language, length = length,
}
