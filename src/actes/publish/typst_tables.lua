-- Write a table as a call to `data-table` (theme/typst/tables.typ).
--
-- In: a pandoc Table, and the function that writes the blocks of a cell. Out: Typst markup.
-- Only here: which column a cell is in, the longest word of each column (it can't be narrower), and which
-- tables have enough text after them to float.
-- Cells are read in the table's JSON: asking pandoc for thousands of them, one by one, costs ten times what
-- writing them does. It is asked for those that hold more than words.

local syntax, write_blocks = ...
local text, quoted, bracketed, array = syntax.text, syntax.quoted, syntax.bracketed, syntax.array
local dictionary, call = syntax.dictionary, syntax.call
local stringify = pandoc.utils.stringify

local ALIGNMENTS = { AlignRight = 'right', AlignCenter = 'center' }
local ALONE = { Plain = true, Para = true }

-- A cell of the table's JSON, with names.
local function named_cell(json)
  local attributes = {}
  for _, pair in ipairs(json[1][3]) do attributes[pair[1]] = pair[2] end
  return {
    attributes = attributes, alignment = json[2].t, contents = json[5],
    row_span = math.tointeger(json[3]), col_span = math.tointeger(json[4]),
  }
end

-- What a cell says and its markup, when it holds words alone; nil otherwise.
local function only_words(blocks)
  local first = blocks[1]
  if not first then return '', '' end
  if blocks[2] or not ALONE[first.t] then return nil end
  local said, markup = {}, {}
  for position, inline in ipairs(first.c) do
    if inline.t == 'Str' then
      said[position], markup[position] = inline.c, text(syntax.breakable(inline.c))
    elseif inline.t == 'Space' then
      said[position], markup[position] = ' ', ' '
    else
      return nil
    end
  end
  return table.concat(said), table.concat(markup)
end

-- `ask` gives the same blocks as pandoc's objects.
local function said_and_markup(blocks, ask)
  local said, markup = only_words(blocks)
  if said then return said, markup end
  local contents = ask()
  return stringify(contents), write_blocks(contents)
end

-- The longest run of a cell that cannot be broken: its column is never narrower.
local function longest_word(said, longest)
  for word in said:gmatch('[^ \n]+') do
    if utf8.len(word) > utf8.len(longest) then longest = word end
  end
  return longest
end

-- From where to where of a cell's width a bar goes, and its tint.
local BAR = '^([%d.]+) ([%d.]+) #%x+ (#%x+)$'

local function table_cell(cell, column, markup)
  local named = { column = tostring(column - 1), body = bracketed(markup) }
  if cell.col_span > 1 then named.colspan = tostring(cell.col_span) end
  if cell.row_span > 1 then named.rowspan = tostring(cell.row_span) end
  named.align = ALIGNMENTS[cell.alignment]
  if cell.attributes.background then named.fill = 'rgb(' .. quoted(cell.attributes.background) .. ')' end
  local from, to, tint = (cell.attributes.bar or ''):match(BAR)
  if from then
    named.fill = ('bar(%s%%, %s%%, rgb(%s))'):format(from, to, quoted(tint))
    named.body = bracketed('#on-bar' .. named.body)
  end
  if cell.attributes.color then named.ink = 'rgb(' .. quoted(cell.attributes.color) .. ')' end
  return dictionary(named)
end

-- `json` and `list` are the same rows, of which the first is quickly read. `words` holds, for each column, the
-- longest word met so far.
local function rows(json, list, words)
  local written = {}
  local below = {}      -- column → rows that a cell still covers
  for number, row in ipairs(json) do
    local cells, column = {}, 1
    local function pass_covered()
      while (below[column] or 0) > 0 do
        below[column] = below[column] - 1
        column = column + 1
      end
    end
    for place, one in ipairs(row[2]) do
      pass_covered()
      local cell = named_cell(one)
      local said, markup = said_and_markup(cell.contents, function() return list[number].cells[place].contents end)
      table.insert(cells, table_cell(cell, column, markup))
      if cell.col_span == 1 then words[column] = longest_word(said, words[column]) end
      for covered = column, column + cell.col_span - 1 do below[covered] = cell.row_span - 1 end
      column = column + cell.col_span
    end
    pass_covered()
    table.insert(written, array(cells))
  end
  return written
end

-- Signs of text, about two thirds of a page, that must come between a table and the next one (or the chapter's
-- end) for it to float: with less, it would leave a hole, or come after a table that it precedes.
local FLOATING_ON = 2000

-- More than the page that a chapter opens holds below its title.
local OPENING_PAGE = 2600

-- Mark the tables of a chapter that stay where they are, and those that may go to the head of a page: on the page
-- that the chapter opens, they would come above its title.
local function settle(body)
  local last, signs
  local before = 0
  local function close()
    if last and signs < FLOATING_ON then last.attributes.stays = 'true' end
  end
  local function look(list)
    for _, el in ipairs(list) do
      if el.tag == 'Table' then
        close()
        last, signs = el, 0
        if before > OPENING_PAGE then el.attributes.placement = 'auto' end
      elseif el.tag == 'Div' then
        look(el.content)
      elseif el.tag ~= 'Figure' then
        local length = utf8.len(stringify(el))
        before = before + length
        if last then signs = signs + length end
      end
    end
  end
  look(body)
  close()
end

-- `named` holds the arguments that every float has.
local function table_call(el, named)
  local aligns, widths, words, head_words = {}, {}, {}, {}
  for column, spec in ipairs(el.colspecs) do
    aligns[column] = ALIGNMENTS[spec[1]] or 'left'
    widths[column] = spec[2] and string.format('%g', spec[2]) or 'auto'
    words[column], head_words[column] = '', ''
  end
  local _attr, _caption, _columns, head, bodies, foot = table.unpack(pandoc.json.decode(pandoc.json.encode(el), false).c)
  local body = {}
  for number, part in ipairs(el.bodies) do
    local _own, _row_heads, part_head, part_body = table.unpack(bodies[number])
    for _, row in ipairs(rows(part_head, part.head, words)) do table.insert(body, row) end
    for _, row in ipairs(rows(part_body, part.body, words)) do table.insert(body, row) end
  end
  named.header = array(rows(head[2], el.head.rows, head_words))
  named.footer = array(rows(foot[2], el.foot.rows, words))
  named.rows = array(body)
  named.aligns, named.widths = array(aligns), array(widths)
  for column, word in ipairs(words) do
    words[column] = dictionary({ body = quoted(word), head = quoted(head_words[column]) })
  end
  named.words = array(words)
  named.stays, named.placement = el.attributes.stays, el.attributes.placement
  return call('data-table', named)
end

return { call = table_call, settle = settle }
