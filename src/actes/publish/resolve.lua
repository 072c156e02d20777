-- Write what a chapter could not know alone: its numbers, what its references and links lead to,
-- and its citations. In: a chapter and a JSON context (`actes-context`) made by `neutral.py`.
-- Out: the chapter, neutral.

local stringify = pandoc.utils.stringify
local visit_citations =
  dofile(pandoc.path.join({ pandoc.path.directory(PANDOC_SCRIPT_FILE), 'citations.lua' }))

local function utf8_capital(text)
  return pandoc.text.upper(pandoc.text.sub(text, 1, 1)) .. pandoc.text.sub(text, 2)
end

local function reference_text(ref, style, is_capital)
  if ref.number == '' then return ref.title end
  if style == 'bare' or ref.prefix == '' then return ref.number end
  local prefix = is_capital and utf8_capital(ref.prefix) or ref.prefix
  return prefix .. '\u{A0}' .. ref.number
end

local function absolute(chapter)
  return function(element)
    local number = element.attributes and element.attributes.number
    if not number then return nil end
    local full = chapter.number .. number
    element.attributes.number = full:gsub('^%.', '')
    return element
  end
end

-- "**Théorème 3.1** (titre)**.**"; a proof, which has no number, is called in italics.
local function theorem_head(span)
  if not span.classes:includes('theorem-head') then return nil end
  local attributes, title = span.attributes, span.content
  local shown = attributes.number and pandoc.Strong or pandoc.Emph
  local name = attributes.label .. (attributes.number and ('\u{A0}' .. attributes.number) or '')
  if #title == 0 then
    span.content = { shown({ pandoc.Str(name .. '.') }) }
  else
    local head = pandoc.Inlines({ shown({ pandoc.Str(name) }), pandoc.Space(), pandoc.Str('(') })
    head:extend(title)
    head:insert(pandoc.Str(').'))
    span.content = head
  end
  attributes.label, attributes.number = nil, nil
  return span
end

-- "Note 3.1 : Titre"
local function callout_title(colon)
  return function(div)
    local attributes = div.attributes
    if div.classes[1] ~= 'callout' or not attributes.number then return nil end
    local name = attributes.label .. '\u{A0}' .. attributes.number
    local has_title = attributes.title ~= attributes.label
    attributes.title = has_title and (name .. colon .. ' ' .. attributes.title) or name
    attributes.label = nil
    return div
  end
end

local function link_filter(context)
  return function(link)
    local id = link.target:match('^#(.*)$')
    if link.classes:includes('xref') then
      local ref = context.refs[id]
      link.content = { pandoc.Str(reference_text(ref, link.attributes.style,
        link.attributes.capital == 'true')) }
      link.attributes.style, link.attributes.capital = nil, nil
      if ref.page ~= '' then link.attributes.page = ref.page end
    elseif link.classes:includes('page') then
      local page = context.pages[link.target]
      link.target = page.target
      if page.page ~= '' then link.attributes.page = page.page end
      link.classes = link.classes:filter(function(class) return class ~= 'page' end)
    elseif id and id:match('^ref%-') and context.page ~= context.bibliography_page then
      link.attributes.page = context.bibliography_page
    end
    return link
  end
end

-- Citeproc leaves the semicolons of a French citation as an English one has them.
local function french_semicolons(str)
  if not str.text:find(';', 1, true) then return nil end
  return pandoc.Str((str.text:gsub('^;', '\u{202F};'):gsub('([^\u{202F}\u{A0}%s]);', '%1\u{202F};')))
end

-- What citeproc made of each citation of the chapter, in order.
local function made_of_citations(context)
  local contents = {}
  if context.citations == '' then return contents end
  local blocks = pandoc.read(context.citations, 'json').blocks
  if context.lang:match('^fr') then blocks = blocks:walk({ Str = french_semicolons }) end
  blocks:walk({
    traverse = 'topdown',
    Cite = function(cite)
      contents[#contents + 1] = cite.content
      return cite, false
    end,
  })
  return contents
end

local function keys_of(cite)
  local keys = {}
  for _, each in ipairs(cite.citations) do keys[#keys + 1] = each.id end
  return table.concat(keys, ' ')
end

local RAISED = { Note = true, Superscript = true }

-- Put what citeproc made of each citation in its place.
local function write_citations(doc, context)
  local made, position = made_of_citations(context), 0
  return visit_citations(doc, function(cite)
    position = position + 1
    local content = made[position]
    local first = content[1]
    context.has_raised = context.has_raised or (first and RAISED[first.t])
    return pandoc.Span(content, pandoc.Attr('', { 'citation' }, { { 'cites', keys_of(cite) } }))
  end)
end

-- A style with notes or raised numbers leaves no space before them.
local function tight_notes(inlines)
  for position = #inlines - 1, 1, -1 do
    local after = inlines[position + 1]
    local first = after.t == 'Span' and after.classes:includes('citation') and after.content[1]
    if first and RAISED[first.t] and (inlines[position].t == 'Space' or inlines[position].t == 'SoftBreak') then
      inlines:remove(position)
    end
  end
  return inlines
end

-- "59 (2): 495-510" is English: only a number before the colon says so, a title may be in any language.
local function french_colon(str)
  return pandoc.Str((str.text:gsub('^(%(?%d[%d%-–]*%)?):$', '%1\u{A0}:')))
end

local function bibliography_filter(context)
  return function(div)
    if div.identifier == 'refs' then
      local references = pandoc.read(context.bibliography, 'json').blocks
      return context.lang:match('^fr') and references:walk({ Str = french_colon }) or references
    end
  end
end

-- One filter that does what two do, one after the other.
local function both(first, second)
  return function(element)
    local changed = first(element)
    return second(changed or element) or changed
  end
end

local TEXTS = { 'title', 'subtitle', 'abstract' }

function Pandoc(doc)
  local context = pandoc.json.decode(stringify(doc.meta['actes-context']), false)
  local number = absolute(context)
  doc = write_citations(doc, context)
  if context.bibliography ~= '' then
    doc.blocks = doc.blocks:walk({ Div = bibliography_filter(context) })
  end
  local steps = {
    Header = number, Figure = number, Table = number, Span = both(number, theorem_head),
    Div = both(number, callout_title(context.colon)), Link = link_filter(context),
    Inlines = context.has_raised and tight_notes or nil,
  }
  doc.blocks = doc.blocks:walk(steps)
  for _, key in ipairs(TEXTS) do
    local kind = pandoc.utils.type(doc.meta[key])
    if kind == 'Inlines' or kind == 'Blocks' then
      doc.meta[key] = doc.meta[key]:walk(steps)
    end
  end
  doc.meta.number, doc.meta.kind = context.number, context.kind
  return doc
end
