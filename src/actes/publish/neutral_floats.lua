-- Number figures, tables, listings and equations (".1"), and give float divs their neutral form:
-- one `Figure` or `Table`, or a `Figure` made of parts, (a), (b)…

local stringify = pandoc.utils.stringify

local FLOATS = { fig = true, tbl = true, lst = true }

local function is_only_image(block)
  if block.t ~= 'Para' and block.t ~= 'Plain' then return false end
  local only = true
  for _, each in ipairs(block.content) do
    only = only and (each.t == 'Image' or each.t == 'Space' or each.t == 'SoftBreak')
  end
  return only
end

local function read_inlines(text)
  local first = pandoc.read(text, 'markdown').blocks[1]
  return pandoc.Blocks({ pandoc.Plain(first and first.content or {}) })
end

-- Separate the last paragraph of a float div, which is its caption, from what it shows.
local function split_caption(div)
  local content = div.content
  local last = content[#content]
  if #content > 1 and last.t == 'Para' and not is_only_image(last) then
    content:remove(#content)
    return content, pandoc.Blocks({ pandoc.Plain(last.content) })
  end
  for _, key in ipairs({ 'fig-cap', 'tbl-cap', 'lst-cap' }) do
    if div.attributes[key] then return content, read_inlines(div.attributes[key]) end
  end
  return content, nil
end

-- A figure inside the float div gives it its image and, failing a last paragraph, its caption.
local function unwrapped(content, caption)
  local result = pandoc.Blocks({})
  for _, block in ipairs(content) do
    if block.t == 'Figure' and block.identifier == '' then
      caption = caption or (#block.caption.long > 0 and block.caption.long or nil)
      result:extend(block.content)
    elseif is_only_image(block) then
      result:insert(pandoc.Plain(block.content))
    else
      result:insert(block)
    end
  end
  return result, caption
end

local function describe_images(figure, alt)
  if not alt or alt == '' then alt = stringify(figure.caption.long) end
  return figure:walk({
    Image = function(image)
      if image.attributes.alt == '' then image.attributes.alt = alt end
      return image
    end,
  })
end

local function float_attr(id, classes, context, data)
  local kind = context.kinds[context.prefix_of(id)]
  return pandoc.Attr(id, classes,
    { { 'number', context.count(id) }, { 'label', context.words[kind] }, data and { 'data', data } })
end

-- A table may have a caption of its own (pandas, great_tables): it comes after that of the author.
local function joined(caption, own)
  local last = caption[#caption]
  local first = own[1]
  if not (last and last.t == 'Plain' and first and first.content) then return caption end
  local words, more = stringify(last), stringify(first)
  if words == '' then return own end
  if more ~= '' and more ~= words then
    if not words:match('[.!?:]$') then last.content:insert(pandoc.Str('.')) end
    last.content:insert(pandoc.Space())
    last.content:extend(first.content)
  end
  return caption
end

local function simple_float(div, context)
  local content, caption = split_caption(div)
  local attr = float_attr(div.identifier, div.classes, context, div.attributes['actes-data'])
  local table_in = content:find_if(function(block) return block.t == 'Table' end)
  if context.prefix_of(div.identifier) == 'tbl' and table_in then
    table_in.attr = attr
    if caption then table_in.caption = { long = joined(caption, table_in.caption.long) } end
    return content
  end
  content, caption = unwrapped(content, caption)
  local figure = pandoc.Figure(content, { long = caption or {} }, attr)
  return describe_images(figure, div.attributes['fig-alt'])
end

-- ── floats made of parts ───────────────────────────────────────────────────────────────

local function letter(position) return string.char(('a'):byte() + (position - 1) % 26) end

-- Give a part its letter, in front of its caption: every format then prints it.
local function lettered(float, name)
  local caption = float.caption.long
  local mark = pandoc.Str('(' .. name .. ')')
  local first = caption[1]
  if first and (first.t == 'Plain' or first.t == 'Para') then
    first.content:insert(1, mark)
    first.content:insert(2, pandoc.Space())
  else
    caption = pandoc.Blocks({ pandoc.Plain({ mark }) })
  end
  float.caption = { long = caption }
  float.attributes.part = name
  return float
end

local function as_float(block, div_id)
  if block.t == 'Figure' or block.t == 'Table' then return block end
  if is_only_image(block) and div_id:match('^fig%-') then
    return pandoc.Figure({ pandoc.Plain(block.content) }, { long = {} })
  end
  if block.t == 'Div' and FLOATS[block.identifier:match('^(%a+)%-')] then
    local content, caption = unwrapped(split_caption(block))
    local only = #content == 1 and content[1].t == 'Table' and content[1]
    local float = only or pandoc.Figure(content)
    float.identifier = block.identifier
    float.attributes.data = block.attributes['actes-data']
    if caption then float.caption = { long = caption } end
    return float
  end
end

local function compound(div, context)
  local caption
  div.content, caption = split_caption(div)
  local attr = float_attr(div.identifier, div.classes, context)
  attr.classes:insert('subfloats')
  local n_parts = 0
  local function name_parts(blocks)
    return blocks:map(function(block)
      if block.t == 'Div' and block.classes[1] and block.classes[1]:match('^layout') then
        block.content = name_parts(block.content)
        return block
      end
      local part = as_float(block, div.identifier)
      if not part then return block end
      n_parts = n_parts + 1
      if part.identifier == '' then part.identifier = div.identifier .. '-' .. n_parts end
      context.count(part.identifier, div.identifier, letter(n_parts))
      part = lettered(part, letter(n_parts))
      return part.t == 'Figure' and describe_images(part, div.attributes['fig-alt']) or part
    end)
  end
  return pandoc.Figure(name_parts(div.content), { long = caption or {} }, attr)
end

local function has_parts(div)
  local found = false
  local function look(element)
    if FLOATS[(element.identifier or ''):match('^(%a+)%-')]
      or element.t == 'Div' and element.classes[1] == 'layout' then
      found = true
    end
  end
  div.content:walk({ Div = look, Figure = look, Image = look, Table = look })
  return found
end

-- ── the rest ───────────────────────────────────────────────────────────────────────────

local function listing(block, context)
  local id, caption = block.identifier, block.attributes['lst-cap']
  block.identifier, block.attributes['lst-cap'] = '', nil
  return pandoc.Figure({ block }, { long = caption and read_inlines(caption) or {} },
    float_attr(id, {}, context))
end

local function float_filter(context)
  local function labelled(element)
    local prefix = context.prefix_of(element.identifier)
    if not FLOATS[prefix] then return false end
    element.attributes.number = context.count(element.identifier)
    element.attributes.label = context.words[context.kinds[prefix]]
    return true
  end
  return {
    traverse = 'topdown',
    Div = function(div)
      if not FLOATS[context.prefix_of(div.identifier)] then return nil end
      if has_parts(div) then return compound(div, context), false end
      local float = simple_float(div, context)
      if float.t == 'Figure' and div.identifier:match('^lst%-') then float.classes:insert('listing') end
      return float, false
    end,
    Figure = function(figure)
      labelled(figure)
      return describe_images(figure), false
    end,
    Table = function(tbl)
      labelled(tbl)
      return tbl
    end,
    CodeBlock = function(block)
      if context.prefix_of(block.identifier) ~= 'lst' then return nil end
      local figure = listing(block, context)
      figure.classes:insert('listing')
      return figure, false
    end,
  }
end

-- What is between the braces after a formula, as `{#eq-x}` or `{#eq-x alt="…"}`: pandoc leaves them as
-- text. Gives the label, the alternative text, what follows the braces and the position after them.
local function attributes_at(inlines, position)
  local first = inlines[position]
  local id, rest = (first and first.t == 'Str' and first.text or ''):match('^{#(eq%-[%w_.:-]+)(.*)$')
  if not id then return nil end
  if rest:match('^}') then return id, nil, rest:sub(2), position + 1 end
  for last = position + 1, #inlines do
    local text = stringify({ table.unpack(inlines, position + 1, last) })
    local alt, after = text:match('^%s*alt=["“«]%s*(.-)%s*["”»]%s*}(.*)$')
    if alt and inlines[last].t == 'Str' then return id, alt, after, last + 1 end
  end
end

local function equations(count)
  return function(inlines)
    local result, position = pandoc.Inlines({}), 1
    while position <= #inlines do
      local each, gap = inlines[position], inlines[position + 1]
      position = position + 1
      local id, alt, rest, after
      if each.t == 'Math' and each.mathtype == 'DisplayMath' then
        local is_gap = gap and (gap.t == 'Space' or gap.t == 'SoftBreak')
        id, alt, rest, after = attributes_at(inlines, is_gap and position + 1 or position)
      end
      if id then
        local attr = pandoc.Attr(id, { 'equation' }, { { 'number', count(id) }, alt and { 'alt', alt } })
        result:insert(pandoc.Span({ each }, attr))
        if rest ~= '' then result:insert(pandoc.Str(rest)) end
        position = after
      else
        result:insert(each)
      end
    end
    return result
  end
end

return function(doc, context)
  doc.blocks = doc.blocks:walk(float_filter(context))
  if context.was_read('Math') or context.was_read('tex') then doc = doc:walk({ Inlines = equations(context.count) }) end
  return doc
end
