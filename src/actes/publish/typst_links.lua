-- Know where everything in the book is, so that links reach it.
--
-- In: the chapters, then identifiers and targets as they are met. Out: Typst labels.
-- Only here: the name of a label, `slug/id`: the same identifier may serve in two chapters.

local known = {}        -- slug → true
local ids = {}          -- slug → set of identifiers
local owners = {}       -- identifier → slug of the first chapter that has it
local titles = {}       -- slug → identifier of the chapter's own title
local written = {}      -- labels already written: Typst refuses a second one

local function collect(slug, body, title_id)
  local own = {}
  local function note(el)
    if el.identifier == '' then return end
    own[el.identifier] = true
    owners[el.identifier] = owners[el.identifier] or slug
  end
  body:walk({
    Header = note, Div = note, Span = note, Figure = note, Table = note, CodeBlock = note,
    Code = note, Image = note, Link = note,
  })
  known[slug], ids[slug], titles[slug] = true, own, title_id
end

-- The label to write for an element of the chapter `slug`; nil when it needs none.
local function label(slug, id)
  local name = slug .. '/' .. id
  if id == '' or written[name] then return nil end
  written[name] = true
  return name
end

-- The label that a link of the chapter `slug` goes to; nil when it leaves the book, false when it goes
-- nowhere.
local function destination(slug, target, page)
  local file, id = target:match('^([^#]*)#?(.*)$')
  local owner = (page or file):match('^(.*)%.html$')
  if file ~= '' and not known[owner] then return nil end
  if id == '' then return known[owner] and owner or nil end
  owner = owner or (ids[slug][id] and slug) or owners[id]
  if not (owner and ids[owner] and ids[owner][id]) then return false end
  return id == titles[owner] and owner or owner .. '/' .. id
end

return { collect = collect, label = label, destination = destination }
