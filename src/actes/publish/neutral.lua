-- Turn one chapter, as pandoc reads it, into a neutral document whose numbers are still relative
-- to the chapter (".1.2"). In: markdown and a JSON context (`actes-context`). Out: pandoc JSON,
-- with what the rest of the book must know in the metadata `actes`.
-- Only here: the order of the steps. Each step is a file beside this one.

local here = pandoc.path.directory(PANDOC_SCRIPT_FILE)

local STEPS = {
  'reserved', 'labels', 'conditions', 'raw', 'annotations', 'blocks', 'theorems', 'chapter', 'layouts', 'tables',
  'floats', 'links', 'typography',
}

local function step(name)
  return dofile(pandoc.path.join({ here, 'neutral_' .. name .. '.lua' }))
end

-- A problem is named here; `neutral.py` finds its line (from `needle`) and says it.
local function recorder()
  local problems = {}
  return problems, function(kind, name, needle)
    problems[#problems + 1] = { kind = kind, name = name, needle = needle or name }
  end
end

-- The citations alone, one paragraph each: citeproc needs nothing else of the chapter.
local function citations(doc)
  local found = pandoc.Blocks({})
  local visit = dofile(pandoc.path.join({ here, 'citations.lua' }))
  visit(doc, function(cite, in_note)
    found:insert(pandoc.Plain(in_note and { pandoc.Note({ pandoc.Plain({ cite }) }) } or { cite }))
  end)
  return #found > 0 and pandoc.write(pandoc.Pandoc(found), 'json') or ''
end

function Pandoc(doc)
  local context = pandoc.json.decode(pandoc.utils.stringify(doc.meta['actes-context']), false)
  local problems, report = recorder()
  doc.meta['actes-context'] = nil
  -- A walk through the document costs more than to write it: what is not there is not walked for.
  local read = pandoc.write(doc, 'json')
  context.was_read = function(text) return read:find('"' .. text .. '"', 1, true) end
  for _, name in ipairs(STEPS) do
    doc = step(name)(doc, context, report)
  end
  local gathered = context.gathered
  gathered.problems = problems
  gathered.citations = citations(doc)
  doc.meta.actes = pandoc.json.encode(gathered)
  return doc
end
