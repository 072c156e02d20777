-- Visit the citations of a chapter, always in the same order: its metadata's texts, then its body.
-- In: a document and `visit(cite, in_note)`, which may give another inline. Out: the document.

local TEXTS = { 'title', 'subtitle', 'abstract' }

local function walker(visit, in_note)
  return {
    traverse = 'topdown',
    Cite = function(cite) return visit(cite, in_note) or cite, false end,
    Note = function(note) return note:walk(walker(visit, true)), false end,
  }
end

return function(doc, visit)
  local filter = walker(visit, false)
  for _, key in ipairs(TEXTS) do
    local value = doc.meta[key]
    local kind = pandoc.utils.type(value)
    if kind == 'Inlines' or kind == 'Blocks' then doc.meta[key] = value:walk(filter) end
  end
  doc.blocks = doc.blocks:walk(filter)
  return doc
end
