-- Give theorems, proofs and numbered callouts their neutral form. The head of a theorem is an
-- inline of its first paragraph, so that every format prints it; `resolve.lua` writes its number.

local THEOREMS = {
  thm = true, lem = true, cor = true, prp = true, cnj = true, def = true, exm = true, exr = true,
  rem = true, sol = true,
}
local PROOFS = { proof = true, remark = true, solution = true }
local CALLOUTS = { nte = true, tip = true, wrn = true, imp = true, cau = true }

-- The title is a first heading, or the attribute `name`.
local function take_title(div)
  local first = div.content[1]
  if first and first.t == 'Header' then
    div.content:remove(1)
    return first.content
  end
  local name = div.attributes.name
  return name and pandoc.read(name, 'markdown').blocks[1].content or pandoc.Inlines({})
end

local function with_head(div, head)
  local first = div.content[1]
  if first and (first.t == 'Para' or first.t == 'Plain') then
    first.content:insert(1, head)
    first.content:insert(2, pandoc.Space())
  else
    div.content:insert(1, pandoc.Para({ head }))
  end
end

local function theorem(div, kind, context)
  local attributes = { { 'label', context.words[kind] } }
  if div.identifier ~= '' then
    attributes[2] = { 'number', context.count(div.identifier) }
  end
  local head = pandoc.Span(take_title(div), pandoc.Attr('', { 'theorem-head' }, attributes))
  local result = pandoc.Div(div.content, pandoc.Attr(div.identifier, { 'theorem', kind }))
  with_head(result, head)
  return result
end

local function proof_kind(div)
  for _, class in ipairs(div.classes) do
    if PROOFS[class] then return class end
  end
end

return function(doc, context, report)
  return doc:walk({
    traverse = 'topdown',
    Div = function(div)
      local prefix = context.prefix_of(div.identifier)
      if context.unknown_kinds[prefix] then
        report('float', prefix .. '-', '#' .. div.identifier)
      elseif THEOREMS[prefix] then
        return theorem(div, context.kinds[prefix], context)
      elseif CALLOUTS[prefix] and div.classes[1] == 'callout' then
        div.attributes.label = context.words[context.kinds[prefix]]
        div.attributes.number = context.count(div.identifier)
        return div
      elseif proof_kind(div) then
        return theorem(div, proof_kind(div), context)
      end
    end,
  })
end
