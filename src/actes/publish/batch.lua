-- Convert one document after another: starting pandoc with Lua costs more than a short chapter does.
-- In (on standard input, whatever pandoc was given to read): one conversion a line, JSON (`conversion.py`). Out: one
-- answer a line on standard output, JSON: `output`, what the filters `said` of the document, pandoc's `warnings`; or
-- `error`.

local stringify = pandoc.utils.stringify

local function metadata_of(texts)
  if not texts then return {} end
  return pandoc.read('---\n' .. pandoc.json.encode(texts) .. '\n---\n', 'markdown').meta
end

local function write(doc, job)
  local options = { html_math_method = 'mathml', wrap_text = 'none', email_obfuscation = 'none' }
  if job.template then
    options.template = pandoc.template.compile(job.template)
    options.variables = job.variables
  end
  return pandoc.write(doc, job.to, options)
end

local function convert(job)
  local doc = pandoc.read(job.text or '', job.from)
  for key, value in pairs(metadata_of(job.metadata)) do doc.meta[key] = value end
  doc.meta['actes-context'] = job.context
  for _, step in ipairs(job.steps or {}) do
    if step == 'citeproc' then
      doc = pandoc.utils.citeproc(doc)
    else
      PANDOC_SCRIPT_FILE = step
      doc = pandoc.utils.run_lua_filter(doc, step)
    end
  end
  local said = doc.meta.actes
  doc.meta.actes, doc.meta['actes-context'] = nil, nil
  return { output = write(doc, job), said = said and stringify(said) }
end

local function warnings_of(messages)
  local said = {}
  for _, message in ipairs(messages) do
    local told = pandoc.json.decode(pandoc.json.encode(message), false)
    if told.verbosity == 'WARNING' then table.insert(said, told.pretty) end
  end
  return said
end

function Reader()
  for line in io.lines() do
    local messages, is_done, answer = pandoc.log.silence(pcall, convert, pandoc.json.decode(line, false))
    if not is_done then answer = { error = tostring(answer) } end
    local warnings = warnings_of(messages)
    if #warnings > 0 then answer.warnings = warnings end
    io.stdout:write(pandoc.json.encode(answer), '\n')
    io.stdout:flush()
  end
  return pandoc.Pandoc({})
end
