-- Convert many documents in one pandoc process: as many of them run as there are cores.
-- In (as the text to read): one conversion a line, JSON (`converter.py`). Out: one answer a line on
-- standard output, JSON: `output`, or `error`, and what the filters `said` of the document. A
-- warning "actes: N" on standard error comes before those of the N-th conversion.

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

function Reader(input)
  local number = 0
  for line in tostring(input):gmatch('[^\n]+') do
    number = number + 1
    pandoc.log.warn('actes: ' .. number)
    local is_done, answer = pcall(convert, pandoc.json.decode(line, false))
    if not is_done then answer = { error = tostring(answer) } end
    io.stdout:write(pandoc.json.encode(answer), '\n')
  end
  return pandoc.Pandoc({})
end
