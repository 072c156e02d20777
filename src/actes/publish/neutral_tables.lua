-- Make tables of lists (`.list-table`), and give columns the widths that `tbl-colwidths` asks.

local ALIGNMENTS = { l = 'AlignLeft', r = 'AlignRight', c = 'AlignCenter', d = 'AlignDefault' }

-- ── tables of lists ────────────────────────────────────────────────────────────────────

-- An empty span at the start of a cell says how far it goes: `[]{colspan=2 rowspan=3 align=c}`.
local function cell_of(blocks)
  local asks = {}
  local first = blocks[1] and blocks[1].content and blocks[1].content[1]
  if first and first.t == 'Span' and #first.content == 0 then
    asks = first.attributes
    blocks[1].content:remove(1)
    if blocks[1].content[1] and blocks[1].content[1].t == 'Space' then blocks[1].content:remove(1) end
  end
  return pandoc.Cell(blocks, ALIGNMENTS[asks.align] or 'AlignDefault', tonumber(asks.rowspan) or 1,
    tonumber(asks.colspan) or 1)
end

-- Rows of cells; nil when an item is not a list of cells and nothing else.
local function rows_of(list)
  local rows = pandoc.List({})
  for _, item in ipairs(list.content) do
    if #item ~= 1 or item[1].t ~= 'BulletList' then return nil end
    rows:insert(pandoc.Row(item[1].content:map(cell_of)))
  end
  return #rows > 0 and rows or nil
end

local function n_columns(rows)
  local count = 0
  for _, cell in ipairs(rows[1].cells) do count = count + cell.col_span end
  return count
end

local function numbers_in(text)
  local numbers, total = {}, 0
  for each in (text or ''):gmatch('[%d.]+') do
    numbers[#numbers + 1] = tonumber(each) or 0
    total = total + numbers[#numbers]
  end
  return numbers, total
end

local function colspecs_of(attributes, count)
  local aligns, specs = {}, {}
  for each in (attributes.aligns or ''):gmatch('%a+') do aligns[#aligns + 1] = ALIGNMENTS[each] end
  local widths, total = numbers_in(attributes.widths)
  for column = 1, count do
    specs[column] = { aligns[column] or 'AlignDefault', #widths == count and total > 0 and widths[column] / total or nil }
  end
  return specs
end

local function list_table(div)
  local caption = #div.content > 1 and div.content[1].t == 'Para' and div.content[1]
  local list = div.content[#div.content]
  local rows = #div.content == (caption and 2 or 1) and list.t == 'BulletList' and rows_of(list)
  if not rows then return nil end
  local n_heads = tonumber(div.attributes['header-rows']) or 1
  local heads = pandoc.List({ table.unpack(rows, 1, n_heads) })
  local body = {
    attr = pandoc.Attr(), head = {}, row_head_columns = tonumber(div.attributes['header-cols']) or 0,
    body = pandoc.List({ table.unpack(rows, n_heads + 1) }),
  }
  local said = caption and { pandoc.Plain(caption.content) } or {}
  local classes = div.classes:filter(function(class) return class ~= 'list-table' end)
  return pandoc.Table({ long = said }, colspecs_of(div.attributes, n_columns(rows)), pandoc.TableHead(heads),
    { body }, pandoc.TableFoot(), pandoc.Attr(div.identifier, classes))
end

-- ── widths ─────────────────────────────────────────────────────────────────────────────

-- Percents of the line, as `tbl-colwidths="[75,25]"` has them.
local function with_widths(tbl, asked)
  local widths, total = numbers_in(asked)
  if #widths ~= #tbl.colspecs or total <= 0 then return nil end
  local line = math.max(total, 100)
  for column, spec in ipairs(tbl.colspecs) do tbl.colspecs[column] = { spec[1], widths[column] / line } end
  return tbl
end

local function width_filter(context, report)
  local function take(element)
    local asked = element.attributes['tbl-colwidths']
    element.attributes['tbl-colwidths'] = nil
    return asked
  end
  local function widen(tbl, asked)
    if asked == 'auto' or asked == 'true' or asked == 'false' then return tbl end
    if not with_widths(tbl, asked) then report('attribute', 'tbl-colwidths="' .. asked .. '"', 'tbl-colwidths') end
    return tbl
  end
  return {
    -- From a cell of a notebook.
    Div = function(div)
      local asked = take(div)
      if asked then return div:walk({ Table = function(tbl) return widen(tbl, asked) end }) end
    end,
    Table = function(tbl)
      local asked = take(tbl)
      if asked then return widen(tbl, asked) end
      if context.col_widths ~= '' and with_widths(tbl, context.col_widths) then return tbl end
    end,
  }
end

return function(doc, context, report)
  if context.was_read('list-table') then
    doc = doc:walk({
      Div = function(div)
        if not div.classes:includes('list-table') then return nil end
        local made = list_table(div)
        if not made then report('div', 'list-table') end
        return made
      end,
    })
  end
  local was_asked = context.col_widths ~= '' or context.was_read('tbl-colwidths')
  return was_asked and doc:walk(width_filter(context, report)) or doc
end
