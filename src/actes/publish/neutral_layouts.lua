-- Set blocks side by side: `layout-ncol`, `layout-nrow` and `layout` become a `Div.layout` of rows
-- of cells, each with its width in percent of the line.

local COSMETIC = { 'layout-align', 'layout-valign' }

local function is_image(inline)
  return inline.t == 'Image' or (inline.t == 'Link' and #inline.content == 1
    and inline.content[1].t == 'Image')
end

local function images_only(block)
  if block.t ~= 'Para' and block.t ~= 'Plain' then return nil end
  local images = pandoc.List({})
  for _, each in ipairs(block.content) do
    if is_image(each) then
      images:insert(each)
    elseif each.t ~= 'Space' and each.t ~= 'SoftBreak' then
      return nil
    end
  end
  return #images > 0 and images or nil
end

-- An image alone is a figure when it has a caption, as pandoc has it for one alone in its paragraph;
-- for Quarto, one that is a link too.
local function standing(inline)
  local image = inline.t == 'Link' and inline.content[1] or inline
  if #image.caption == 0 and image.identifier == '' then return pandoc.Para({ inline }) end
  local attr = pandoc.Attr(image.identifier)
  image.identifier = ''
  if inline.t == 'Link' then inline.content = { image } end
  return pandoc.Figure({ pandoc.Plain({ inline }) }, { long = { pandoc.Plain(image.caption) } }, attr)
end

-- One cell per block; a heading goes with the block it is above.
local function cells_of(blocks)
  local cells, heading = pandoc.List({}), nil
  for _, block in ipairs(blocks) do
    local images = images_only(block)
    if images then
      for _, each in ipairs(images) do cells:insert(pandoc.Blocks({ standing(each) })) end
    elseif block.t == 'Header' then
      heading = block
    elseif heading then
      cells:insert(pandoc.Blocks({ heading, block }))
      heading = nil
    else
      cells:insert(pandoc.Blocks({ block }))
    end
  end
  return cells
end

local function even_rows(n_cells, n_columns)
  local rows = {}
  for first = 1, n_cells, n_columns do
    local row = {}
    for column = 1, n_columns do row[column] = first + column - 1 <= n_cells and 1 or -1 end
    rows[#rows + 1] = row
  end
  return rows
end

-- Relative widths of each row; a negative one is a gap.
local function rows_of(attributes, n_cells)
  local columns, rows = tonumber(attributes['layout-ncol']), tonumber(attributes['layout-nrow'])
  if columns and columns >= 1 then return even_rows(n_cells, math.floor(columns)) end
  if rows and rows >= 1 then return even_rows(n_cells, math.ceil(n_cells / rows)) end
  local read, spec = pcall(pandoc.json.decode, attributes.layout or '', false)
  if not read or type(spec) ~= 'table' or #spec == 0 then return nil end
  if type(spec[1]) ~= 'table' then spec = { spec } end
  for _, row in ipairs(spec) do
    for _, width in ipairs(row) do
      if type(width) ~= 'number' then return nil end
    end
  end
  return spec
end

local function set_in_rows(cells, rows)
  local result, position = pandoc.Blocks({}), 1
  while position <= #cells do
    -- Cells that the layout forgets follow as in its last row.
    local row = rows[math.min(#result + 1, #rows)]
    local total, set, n_before = 0, pandoc.Blocks({}), position
    for _, width in ipairs(row) do total = total + math.abs(width) end
    for _, width in ipairs(row) do
      if width > 0 and cells[position] then
        local attr = pandoc.Attr('', { 'layout-cell' },
          { { 'width', ('%.4g'):format(100 * width / total) } })
        set:insert(pandoc.Div(cells[position], attr))
        position = position + 1
      end
    end
    if position == n_before then return nil end
    result:insert(pandoc.Div(set, pandoc.Attr('', { 'layout-row' })))
  end
  return pandoc.Div(result, pandoc.Attr('', { 'layout' }))
end

-- In a float, the last paragraph is the caption and stays out of the rows.
local function split_last(div, context)
  local last = div.content[#div.content]
  local is_float = context.kinds[context.prefix_of(div.identifier)]
  if is_float and #div.content > 1 and last.t == 'Para' and not images_only(last) then
    return pandoc.Blocks({ table.unpack(div.content, 1, #div.content - 1) }), last
  end
  return div.content, nil
end

local function laid_out(div, context, report)
  local content, caption = split_last(div, context)
  local cells = cells_of(content)
  local rows = rows_of(div.attributes, #cells)
  local set = rows and set_in_rows(cells, rows)
  if not set then
    report('layout', div.attributes.layout or '', 'layout=')
    return nil
  end
  for _, key in ipairs({ 'layout', 'layout-ncol', 'layout-nrow' }) do div.attributes[key] = nil end
  div.content = pandoc.Blocks({ set, caption })
  local is_plain = div.identifier == '' and #div.classes == 0
  return is_plain and div.content or div
end

return function(doc, context, report)
  return doc:walk({
    Div = function(div)
      for _, key in ipairs(COSMETIC) do div.attributes[key] = nil end
      local asks = div.attributes['layout-ncol'] or div.attributes['layout-nrow'] or div.attributes.layout
      if asks then return laid_out(div, context, report) end
      for key in pairs(div.attributes) do
        if key:match('^layout') then report('attribute', key) end
      end
      return div
    end,
    -- A labelled image without caption is a figure all the same; so is a linked one.
    Para = function(para)
      local images = images_only(para)
      local only = images and #images == 1 and #para.content == 1 and images[1]
      if only and (only.t == 'Link' or context.prefix_of(only.identifier) == 'fig') then
        return standing(only)
      end
    end,
  })
end
