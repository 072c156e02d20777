-- Write figures and tables as accessible HTML, with a link to copy and the data behind them.
-- In: what every markup needs (`raw`, `escaped`, `url`, `anchor`). Out: filters, and `named_parts`.

local made = ...
local raw, raw_inline, escaped, url, anchor = made.raw, made.raw_inline, made.escaped, made.url, made.anchor

local function label_text(attributes)
  return attributes.label and attributes.number and (attributes.label .. '\u{A0}' .. attributes.number)
end

-- Tell the parts of a float what they are parts of: "Figure 3.1 (a)".
local function named_parts(blocks)
  return blocks:walk({
    Figure = function(figure)
      local whole = figure.classes:includes('subfloats') and label_text(figure.attributes)
      if not whole then return nil end
      local function tell(part)
        if part.attributes.part then
          part.attributes.called = whole .. '\u{A0}(' .. part.attributes.part .. ')'
          part.attributes.part = nil
        end
        return part
      end
      figure.content = figure.content:walk({ Figure = tell, Table = tell })
      return figure
    end,
  })
end

local function with_label(blocks, attributes, context)
  local text = label_text(attributes)
  if not text then return blocks end
  local span = pandoc.Span({ pandoc.Str(text .. context.words.colon) }, { class = 'caption-label' })
  local first = blocks[1]
  if first and (first.t == 'Plain' or first.t == 'Para') then
    first.content:insert(1, span)
    first.content:insert(2, pandoc.Space())
  else
    span.content = { pandoc.Str(text) }
    blocks:insert(1, pandoc.Plain({ span }))
  end
  return blocks
end

-- How the float is called, and the file of its data; neither stays in the page as an attribute.
local function take_notes(float)
  local attributes = float.attributes
  local called, data = attributes.called or label_text(attributes), attributes.data
  for _, key in ipairs({ 'number', 'label', 'called', 'data' }) do attributes[key] = nil end
  return called, data
end

local function with_anchor(caption, id, called, context)
  if #caption > 0 and called then
    caption[#caption].content:insert(raw_inline(anchor(id, called, context.words)))
  end
  return caption
end

-- ── the data behind ────────────────────────────────────────────────────────────────────

local function download(data, called, context)
  local words = context.words
  return ('<a class="csv" href="%s" download="" aria-label="%s">%s</a>'):format(
    escaped(context.root .. url(data)),
    escaped((words.csv_of:gsub('{name}', function() return called end))), escaped(words.csv))
end

-- The figures behind a picture: the CSV, and a table for those who read rather than look.
local function behind_figure(data, called, context)
  local words = context.words
  local text = context.data[data]
  if not text then return nil end
  local shown, total, markup = text:match('^<!%-%-(%d+) (%d+)%-%->\n(.*)$')
  local title = escaped((words.data_of:gsub('{name}', function() return called end)))
  local more = ''
  if shown ~= total then
    more = '<p class="data-more">' .. escaped((words.data_more:gsub('{shown}', shown)
      :gsub('{total}', total))) .. '</p>'
  end
  markup = markup:gsub('^<table>', ('<table aria-label="%s">'):format(title))
  return raw(('<details class="data"><summary>%s</summary><p class="data-file">%s</p>'
    .. '<div class="scroll" role="region" tabindex="0" aria-label="%s">%s</div>%s</details>')
    :format(title, download(data, called, context), title, markup, more))
end

-- ── filters ────────────────────────────────────────────────────────────────────────────

local function figure_filter(context)
  return function(figure)
    local caption = with_label(pandoc.Blocks(figure.caption.long), figure.attributes, context)
    local called, data = take_notes(figure)
    figure.caption = { long = with_anchor(caption, figure.identifier, called, context) }
    if not data then return figure end
    return pandoc.Blocks({ figure, behind_figure(data, called or figure.identifier, context) })
  end
end

local BAR = '^([%d.]+) ([%d.]+) (#%x+) #%x+$'

local function painted(rows)
  for _, row in ipairs(rows) do
    for _, cell in ipairs(row.cells) do
      local from, to, colour = (cell.attributes.bar or ''):match(BAR)
      cell.attributes.bar = nil
      if from then
        cell.classes:insert('on-bar')
        cell.attributes.style = ('--from: %s%%; --to: %s%%; --bar: %s'):format(from, to, colour)
      end
      local background = cell.attributes.background
      if background then
        cell.attributes.style = ('background-color: %s; color: %s'):format(background,
          cell.attributes.color)
        cell.attributes.background, cell.attributes.color = nil, nil
      end
    end
  end
  return rows
end

-- The head of a column that is a formula alone would have no text: the formula has its TeX for name.
local function named_formula(math)
  local written = pandoc.write(pandoc.Pandoc({ pandoc.Plain({ math }) }), 'html5',
    { html_math_method = 'mathml', wrap_text = 'none' })
  local name = escaped(math.text)
  return raw_inline((written:gsub('^<math ', function()
    return ('<math role="math" aria-label="%s" '):format(name)
  end)))
end

local function name_formulas(rows)
  for _, row in ipairs(rows) do
    for _, cell in ipairs(row.cells) do
      local has_words = false
      cell.contents:walk({ Str = function() has_words = true end })
      if not has_words then cell.contents = cell.contents:walk({ Math = named_formula }) end
    end
  end
  return rows
end

local function paint(tbl)
  tbl.head.rows, tbl.foot.rows = painted(tbl.head.rows), painted(tbl.foot.rows)
  for _, body in ipairs(tbl.bodies) do
    body.head, body.body = painted(body.head), painted(body.body)
  end
end

local function table_filter(context)
  return function(tbl)
    local id = tbl.identifier
    local caption = with_label(pandoc.Blocks(tbl.caption.long), tbl.attributes, context)
    local called, data = take_notes(tbl)
    context.n_tables = context.n_tables + 1
    local caption_id = (id ~= '' and id or 'table-' .. context.n_tables) .. '-caption'
    if context.was_read('background') or context.was_read('bar') then paint(tbl) end
    if context.was_read('Math') then tbl.head.rows = name_formulas(tbl.head.rows) end
    tbl.identifier, tbl.caption = '', { long = {} }
    local name = #caption > 0 and ('aria-labelledby="%s"'):format(escaped(caption_id))
      or ('aria-label="%s %d"'):format(escaped(context.words.scrollable_table), context.n_tables)
    local result = pandoc.Blocks({
      raw(('<figure class="table"%s>'):format(id ~= '' and (' id="%s"'):format(escaped(id)) or '')),
    })
    if #caption > 0 then
      tbl.attributes['aria-labelledby'] = caption_id
      result:insert(raw(('<figcaption id="%s">'):format(escaped(caption_id))))
      result:extend(with_anchor(caption, id, called, context))
      result:insert(raw('</figcaption>'))
    end
    result:insert(raw(('<div class="scroll" role="region" tabindex="0" %s>'):format(name)))
    result:insert(tbl)
    result:insert(raw('</div></figure>'))
    if data then
      result:insert(raw(('<p class="data-file">%s</p>'):format(download(data, called or id, context))))
    end
    return result
  end
end

return { figure = figure_filter, table = table_filter, named_parts = named_parts }
