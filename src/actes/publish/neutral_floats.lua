-- Number figures, tables and equations (".1"), and give float divs their neutral form.

local stringify = pandoc.utils.stringify

local KINDS = { fig = 'figure', tbl = 'table' }
local UNKNOWN = {
  lst = true, thm = true, lem = true, cor = true, prp = true, cnj = true, def = true, exm = true,
  exr = true, sol = true, rem = true, alg = true, nte = true, tip = true, wrn = true, imp = true,
  cau = true, vid = true, dia = true, proof = true,
}

local function counter(context, report)
  local counts, seen = { fig = 0, tbl = 0, eq = 0 }, {}
  return function(id)
    local prefix = id:match('^(%a+)%-')
    if seen[id] then report('twice', id, '#' .. id) end
    seen[id] = true
    counts[prefix] = counts[prefix] + 1
    local number = '.' .. counts[prefix]
    local labels = context.gathered.labels
    labels[#labels + 1] = {
      id = id, kind = KINDS[prefix] or 'equation', number = number, title = '', numbered = true,
    }
    return number
  end
end

local function is_only_image(block)
  if block.t ~= 'Para' and block.t ~= 'Plain' then return false end
  local only = true
  for _, each in ipairs(block.content) do
    only = only and (each.t == 'Image' or each.t == 'Space' or each.t == 'SoftBreak')
  end
  return only
end

-- Separate the last paragraph of a float div, which is its caption, from what it shows.
local function split_caption(div)
  local content = div.content
  local last = content[#content]
  if #content > 1 and last.t == 'Para' and not is_only_image(last) then
    content:remove(#content)
    return content, pandoc.Blocks({ pandoc.Plain(last.content) })
  end
  if div.attributes['fig-cap'] or div.attributes['tbl-cap'] then
    local text = div.attributes['fig-cap'] or div.attributes['tbl-cap']
    return content, pandoc.Blocks({ pandoc.Plain(pandoc.read(text, 'markdown').blocks[1].content) })
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

local function float_div(div, count, words)
  local prefix = div.identifier:match('^(%a+)%-')
  local content, caption = split_caption(div)
  local table_in = content:find_if(function(block) return block.t == 'Table' end)
  local attr = pandoc.Attr(div.identifier, div.classes,
    { { 'number', count(div.identifier) }, { 'label', words[KINDS[prefix]] } })
  if prefix == 'tbl' and table_in then
    table_in.attr = attr
    if caption then table_in.caption = { long = caption } end
    return content
  end
  content, caption = unwrapped(content, caption)
  local figure = pandoc.Figure(content, { long = caption or {} }, attr)
  return describe_images(figure, div.attributes['fig-alt'])
end

local function has_inner_float(div)
  local found = false
  local function look(element)
    if element.identifier:match('^fig%-') or element.identifier:match('^tbl%-') then
      found = element.identifier
    end
  end
  div.content:walk({ Div = look, Figure = look, Image = look, Table = look })
  return found
end

local function float_filter(context, report, count)
  local words = context.words
  local function labelled(element)
    local prefix = element.identifier:match('^(%a+)%-')
    if not KINDS[prefix] then return false end
    element.attributes.number = count(element.identifier)
    element.attributes.label = words[KINDS[prefix]]
    return true
  end
  return {
    traverse = 'topdown',
    Div = function(div)
      local prefix = div.identifier:match('^(%a+)%-')
      if UNKNOWN[prefix] and div.identifier ~= 'refs' then
        report('float', prefix .. '-', '#' .. div.identifier)
      end
      if not KINDS[prefix] then return nil end
      local inner = has_inner_float(div)
      if inner then report('subfloat', inner, '#' .. inner) end
      return float_div(div, count, words), false
    end,
    Figure = function(figure)
      labelled(figure)
      return describe_images(figure), false
    end,
    Table = function(tbl)
      tbl.attributes['tbl-colwidths'] = nil
      labelled(tbl)
      return tbl
    end,
  }
end

-- `$$ … $$ {#eq-x}`: pandoc leaves the label as text after the formula.
local function equations(count)
  return function(inlines)
    local result, position = pandoc.Inlines({}), 1
    while position <= #inlines do
      local each, gap, label = inlines[position], inlines[position + 1], inlines[position + 2]
      local id, rest
      if each.t == 'Math' and each.mathtype == 'DisplayMath' then
        local is_gap = gap and (gap.t == 'Space' or gap.t == 'SoftBreak')
        label = is_gap and label or gap
        if label and label.t == 'Str' then id, rest = label.text:match('^{#(eq%-[%w_.:-]+)}(.*)$') end
      end
      if id then
        local attr = pandoc.Attr(id, { 'equation' }, { { 'number', count(id) } })
        result:insert(pandoc.Span({ each }, attr))
        if rest ~= '' then result:insert(pandoc.Str(rest)) end
        position = position + (label == gap and 2 or 3)
      else
        result:insert(each)
        position = position + 1
      end
    end
    return result
  end
end

local function check_images(doc, report)
  doc:walk({
    Image = function(image)
      if image.attributes.alt == '' then
        report('no-alt', image.src, image.src:match('[^/]*$'))
      end
    end,
  })
end

return function(doc, context, report)
  local count = counter(context, report)
  doc.blocks = doc.blocks:walk(float_filter(context, report, count))
  doc = doc:walk({ Inlines = equations(count) })
  check_images(doc, report)
  return doc
end
