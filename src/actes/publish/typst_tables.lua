-- Write a table as a call to `data-table` (theme/typst/tables.typ).
--
-- In: a pandoc Table, and the function that writes the blocks of a cell. Out: Typst markup.
-- Only here: which column a cell is in, the longest word of each column (it can't be narrower), and which
-- tables have enough text after them to float.

local syntax, write_blocks = ...
local quoted, bracketed, array = syntax.quoted, syntax.bracketed, syntax.array
local dictionary, call = syntax.dictionary, syntax.call
local stringify = pandoc.utils.stringify

local ALIGNMENTS = { AlignRight = 'right', AlignCenter = 'center' }

-- The longest run of a cell that cannot be broken: its column is never narrower.
local function longest_word(list, longest)
  for word in stringify(list):gmatch('[^ \n]+') do
    if utf8.len(word) > utf8.len(longest) then longest = word end
  end
  return longest
end

local function table_cell(cell, column)
  local named = { column = tostring(column - 1), body = bracketed(write_blocks(cell.contents)) }
  if cell.col_span > 1 then named.colspan = tostring(cell.col_span) end
  if cell.row_span > 1 then named.rowspan = tostring(cell.row_span) end
  named.align = ALIGNMENTS[cell.alignment]
  if cell.attributes.background then named.fill = 'rgb(' .. quoted(cell.attributes.background) .. ')' end
  if cell.attributes.color then named.ink = 'rgb(' .. quoted(cell.attributes.color) .. ')' end
  return dictionary(named)
end

-- `words` holds, for each column, the longest word met so far.
local function rows(list, words)
  local written = {}
  local below = {}      -- column → rows that a cell still covers
  for _, row in ipairs(list) do
    local cells, column = {}, 1
    local function pass_covered()
      while (below[column] or 0) > 0 do
        below[column] = below[column] - 1
        column = column + 1
      end
    end
    for _, cell in ipairs(row.cells) do
      pass_covered()
      table.insert(cells, table_cell(cell, column))
      if cell.col_span == 1 then words[column] = longest_word(cell.contents, words[column]) end
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

-- Mark the tables of a chapter that stay where they are.
local function settle(body)
  local last, signs
  local function close()
    if last and signs < FLOATING_ON then last.attributes.stays = 'true' end
  end
  local function look(list)
    for _, el in ipairs(list) do
      if el.tag == 'Table' then
        close()
        last, signs = el, 0
      elseif el.tag == 'Div' then
        look(el.content)
      elseif el.tag ~= 'Figure' and last then
        signs = signs + utf8.len(stringify(el))
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
  local body = {}
  for _, part in ipairs(el.bodies) do
    for _, row in ipairs(rows(part.head, words)) do table.insert(body, row) end
    for _, row in ipairs(rows(part.body, words)) do table.insert(body, row) end
  end
  named.header = array(rows(el.head.rows, head_words))
  named.footer = array(rows(el.foot.rows, words))
  named.rows = array(body)
  named.aligns, named.widths = array(aligns), array(widths)
  for column, word in ipairs(words) do
    words[column] = dictionary({ body = quoted(word), head = quoted(head_words[column]) })
  end
  named.words = array(words)
  named.stays = el.attributes.stays
  return call('data-table', named)
end

return { call = table_call, settle = settle }
