-- Put the chapter's title first, and number its sections (relative to the chapter: ".1.2").

local stringify = pandoc.utils.stringify

-- Take the first level-1 heading out; any other one goes down a level, with what follows it.
local function take_title(doc)
  local title
  local n_others = 0
  doc = doc:walk({
    Header = function(header)
      if header.level == 1 then n_others = n_others + 1 end
    end,
  })
  for position, block in ipairs(doc.blocks) do
    if block.t == 'Header' and block.level == 1 then
      title = block
      doc.blocks:remove(position)
      break
    end
  end
  if title and n_others > 1 or not title and n_others > 0 then
    doc = doc:walk({
      Header = function(header)
        header.level = math.min(6, header.level + 1)
        return header
      end,
    })
  end
  return doc, title
end

local function numberer(context, is_numbered)
  local counts = { 0, 0, 0, 0, 0, 0 }
  local silent_from
  return function(header)
    local level = header.level
    if silent_from and level <= silent_from then silent_from = nil end
    if header.classes:includes('unnumbered') then silent_from = silent_from or level end
    local depth = context.number_depth
    if not is_numbered or silent_from or level > depth then
      header.attributes.number = nil
      if not header.classes:includes('unnumbered') and level <= depth then
        header.classes:insert('unnumbered')
      end
      return header
    end
    counts[level] = counts[level] + 1
    for deeper = level + 1, 6 do counts[deeper] = 0 end
    local number = ''
    for each = 2, level do number = number .. '.' .. counts[each] end
    header.attributes.number = number
    return header
  end
end

local function note_section(context, report)
  local seen = {}
  return function(header)
    local id = header.identifier
    if id:match('^sec%-') then
      if seen[id] then report('twice', id, '#' .. id) end
      seen[id] = true
    end
    local labels = context.gathered.labels
    labels[#labels + 1] = {
      id = id, kind = header.level == 1 and 'chapter' or 'section', level = header.level,
      number = header.attributes.number or '', title = stringify(header.content),
      numbered = header.attributes.number ~= nil,
    }
  end
end

return function(doc, context, report)
  local title
  doc, title = take_title(doc)
  if not title and context.kind == 'index' then
    local book_title = pandoc.read(context.book_title, 'markdown').blocks[1]
    title = pandoc.Header(1, book_title.content, pandoc.Attr('', { 'unnumbered', 'book-title' }))
  elseif not title then
    report('no-title', context.path, '^')
    title = pandoc.Header(1, 'x')
  end
  local is_numbered = context.number_sections and not title.classes:includes('unnumbered')
  doc.blocks:insert(1, title)
  local number, note = numberer(context, is_numbered), note_section(context, report)
  doc = doc:walk({
    Header = function(header)
      header = number(header)
      note(header)
      return header
    end,
  })
  context.gathered.unnumbered = not is_numbered
  context.gathered.title = stringify(title.content)
  doc.meta.title = pandoc.MetaInlines(title.content)
  return doc
end
