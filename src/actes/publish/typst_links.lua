-- Know what can be linked to in a chapter, and what it links to.
--
-- In: a chapter, then identifiers and targets as they are met. Out: Typst labels, places in a list.
-- Only here: the name of a label, `slug/id`: the same identifier may serve in two chapters. Where a link leads is
-- for pdf_links.py to say, which knows the other chapters.

local written = {}      -- labels already written: Typst refuses a second one
local met = {}          -- links in the order in which they are met: {target, page}

local function collect(body)
  local ids, known = {}, {}
  local function note(el)
    if el.identifier == '' or known[el.identifier] then return end
    known[el.identifier] = true
    table.insert(ids, el.identifier)
  end
  body:walk({
    Header = note, Div = note, Span = note, Figure = note, Table = note, CodeBlock = note,
    Code = note, Image = note, Link = note,
  })
  return ids
end

-- The label to write for an element of the chapter `slug`; nil when it needs none.
local function label(slug, id)
  local name = slug .. '/' .. id
  if id == '' or written[name] then return nil end
  written[name] = true
  return name
end

-- Where a link leads: Typst finds it in the list `to`, which pdf_links.py writes above the chapter.
local function destination(target, page)
  table.insert(met, { target = target, page = page })
  return ('to.at(%d)'):format(#met - 1)
end

return { collect = collect, met = met, label = label, destination = destination }
