-- Know the prefixes of labels, and count what they number (relative to the chapter: ".1").
-- Adds to the context: `kinds` (prefix → kind), `prefix_of(id)` and `count(id, part)`.

local KINDS = {
  fig = 'figure', tbl = 'table', eq = 'equation', lst = 'listing',
  thm = 'theorem', lem = 'lemma', cor = 'corollary', prp = 'proposition', cnj = 'conjecture',
  def = 'definition', exm = 'example', exr = 'exercise', rem = 'remark', sol = 'solution',
  nte = 'note', tip = 'tip', wrn = 'warning', imp = 'important', cau = 'caution',
}

-- Prefixes that Quarto numbers and that this engine does not.
local UNKNOWN = { alg = true, vid = true, dia = true, prf = true }

local function prefix_of(id)
  return id and id:match('^(%a+)%-')
end

local function counter(context, report)
  local counts, seen = {}, {}
  -- A part of a float ("a") has the number of its whole, which has just been counted.
  return function(id, whole, part)
    local prefix = prefix_of(whole or id)
    if seen[id] then report('twice', id, '#' .. id) end
    seen[id] = true
    if not whole then counts[prefix] = (counts[prefix] or 0) + 1 end
    local number = '.' .. counts[prefix]
    local labels = context.gathered.labels
    labels[#labels + 1] = {
      id = id, kind = KINDS[prefix], number = number, title = '', numbered = true, part = part or '',
    }
    return number
  end
end

return function(doc, context, report)
  context.gathered = {
    images = {}, links = {}, refs = {}, keys = {}, labels = {}, ids = {}, problems = {},
  }
  context.kinds, context.unknown_kinds, context.prefix_of = KINDS, UNKNOWN, prefix_of
  context.count = counter(context, report)
  return doc
end
