'use strict';
const D = JSON.parse(document.getElementById('data').textContent), NS = 'http://www.w3.org/2000/svg';
const $ = id => document.getElementById(id), ALL = 'all', NATION = D.regions[0].id;
const by = list => Object.fromEntries(list.map(x => [x.id, x]));
const S = by(D.scenarios), R = by(D.regions), I = by(D.indicators), marks = new Set(D.marks);
const B = Object.fromEntries(D.blocks.map(b => [b.i, b])), tiled = D.regions.some(r => r.tile);
const state = {lang: D.lang, scenario: D.first, beside: '', view: 'both',
  indicator: (D.indicators.find(i => i.id === D.indices[0]) || I.gdp || D.indicators[0]).id,
  year: D.years[D.years.length - 1], region: R[D.focus] ? D.focus : NATION, parts: '',
  theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'};
const FORMER = {...state};

// ---- numbers
function numbers(b) {
  b.n = b.n || b.v.split(',').map(t => t === '' ? NaN : Number(t));
  b.at = b.at || Object.fromEntries(['s', 'r', 'p', 'y'].map(k => [k, new Map(b[k].map((x, n) => [x, n]))]));
  return b.n;
}
function value(indicator, scenario, region, year, part = ALL) {
  const b = B[indicator];
  if (!b) return NaN;
  const n = numbers(b), [s, r, p, y] = [b.at.s.get(scenario), b.at.r.get(region), b.at.p.get(part), b.at.y.get(year)];
  return s === undefined || r === undefined || p === undefined || y === undefined
    ? NaN : n[((s * b.r.length + r) * b.p.length + p) * b.y.length + y];
}
const cell = (i, s, r, y, p = ALL) => ({i, s, r, y, p, v: value(i, s, r, y, p)});
const beyond = c => c.p === ALL && marks.has([c.s, c.r, c.y, c.i].join('|'));
function fixed(v, digits, signed) {
  if (!Number.isFinite(v)) return '–';
  const text = v.toLocaleString('en-US', {minimumFractionDigits: digits, maximumFractionDigits: digits});
  const zero = !/[1-9]/.test(text), plain = zero ? text.replace('-', '') : text;
  return signed && v > 0 && !zero ? '+' + plain : plain;
}
const shown = (v, i) => fixed(v, I[i].digits, I[i].signed);
const short = (v, i) => fixed(v, I[i].signed ? (Math.abs(v) >= 1000 ? 0 : 1)
  : Math.abs(v) >= 100 ? 0 : Math.abs(v) >= 10 ? 1 : 2, I[i].signed);
const marked = (text, ...cells) => text + (cells.some(beyond) ? '!' : '');

// ---- words
const w = (key, facts = {}) => (D.words[state.lang][key] || key).replace(/\{(\w+)\}/g, (_, k) => facts[k] ?? '');
const t = of => of ? of[state.lang] : '';
const unit = i => differing() && I[i].csv === '%' ? w('points') : t(I[i].unit);
const named = i => w('named', {what: t(I[i]), unit: unit(i)});
const partName = (i, p) => p === 'sum' ? w('sum') : t(D.parts[B[i].kind][p]) || p;

// ---- what is compared
const differing = () => state.beside && state.view === 'difference';
const series = () => state.beside ? [state.scenario, state.beside] : [state.scenario];
const shades = () => state.theme === 'dark' ? {ink: '#e8e8e8', quiet: '#b0b0b0', paper: '#16191d', line: '#454b52', grey: '#3a4047'}
  : {ink: '#1b1b1b', quiet: '#555555', paper: '#ffffff', line: '#cccccc', grey: '#e4e4e4'};
let C = shades();
const tint = s => state.theme === 'dark' && /^#[0-5]/.test(S[s].colour) ? mixed([S[s].colour, '#ffffff'], 0.35) : S[s].colour;
const DIFFERENCE = '#7a5195';
function lines(i, rows, at) {
  // One row for each place or part, one number for each scenario shown, or what the two differ by.
  const cells = rows.map(row => series().map(s => at(s, row)));
  return cells.map(of => differing() ? [of[0].v - of[1].v] : of.map(c => c.v)).map((vs, k) => ({vs, cells: cells[k]}));
}
const heads = () => differing() ? [w('difference', {a: t(S[state.scenario]), b: t(S[state.beside])})] : series().map(s => t(S[s]));
const hues = () => differing() ? [DIFFERENCE] : series().map(tint);

// ---- drawing
function el(tag, attributes = {}, ...children) {
  const html = ['div', 'p', 'table', 'caption', 'thead', 'tbody', 'tr', 'th', 'td', 'button', 'details', 'summary', 'figure',
    'option', 'select', 'label', 'span', 'a', 'h2', 'optgroup'].includes(tag);
  const e = html ? document.createElement(tag) : document.createElementNS(NS, tag);
  for (const [k, v] of Object.entries(attributes)) if (v !== undefined && v !== null) e.setAttribute(k, v);
  e.append(...children.filter(c => c !== null && c !== undefined && c !== ''));
  return e;
}
const ruler = document.createElement('canvas').getContext('2d');
const FACE = getComputedStyle(document.documentElement).getPropertyValue('--face').trim();
function wide(text, size = 12) { ruler.font = `${size}px ${FACE}`; return ruler.measureText(text).width; }
function text(x, y, words, more = {}) {
  return el('text', {x, y, fill: C.ink, 'font-size': 12, ...more}, words);
}
function wrapped(words, room, size) {
  const out = [''];
  for (const piece of words.match(/[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+|\s+/g) || []) {
    if (out[out.length - 1] && wide(out[out.length - 1] + piece, size) > room) out.push('');
    out[out.length - 1] += out[out.length - 1] ? piece : piece.trimStart();
  }
  return out;
}
function cut(words, room, size = 12) {
  if (wide(words, size) <= room) return words;
  while (words && wide(words + '…', size) > room) words = words.slice(0, -1);
  return words + '…';
}
function mixed(scale, at) {
  const x = Math.min(Math.max(at, 0), 1) * (scale.length - 1), k = Math.min(Math.floor(x), scale.length - 2), f = x - k;
  const part = n => [1, 3, 5].map(j => parseInt(scale[n].slice(j, j + 2), 16));
  return '#' + part(k).map((a, j) => Math.round(a + f * (part(k + 1)[j] - a)).toString(16).padStart(2, '0')).join('');
}
function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map(j => parseInt(colour.slice(j, j + 2), 16));
  return 0.299 * r + 0.587 * g + 0.114 * b < 140 ? '#ffffff' : '#000000';
}
function nice(low, high, count = 5) {
  const span = high - low || 1, raw = span / count, ten = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(m => m * ten).find(s => s >= raw), out = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * span; k++) out.push(Number((k * step).toPrecision(12)));
  return out;
}
const tick = v => v.toLocaleString('en-US', {maximumFractionDigits: 6});
function doing(e, label, act, pressed) {
  for (const [k, v] of Object.entries({role: 'button', tabindex: -1, 'aria-label': label, 'aria-pressed': pressed})) e.setAttribute(k, v);
  e.append(el('title', {}, label));
  e.addEventListener('click', act);
  e.addEventListener('keydown', event => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); act(); } });
  return e;
}
function roving(svg, near) {
  // One stop for the tab key; arrows go on from there.
  const all = [...svg.querySelectorAll('[role=button]')];
  const first = all.find(e => e.getAttribute('aria-pressed') === 'true') || all[0];
  if (first) first.setAttribute('tabindex', 0);
  svg.addEventListener('keydown', event => {
    const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    const here = all.indexOf(document.activeElement);
    if (!step || here < 0) return;
    event.preventDefault();
    const next = all[near(here, step, all)];
    if (next) { all.forEach(e => e.setAttribute('tabindex', -1)); next.setAttribute('tabindex', 0); next.focus(); }
  });
}
const inRow = (here, step, all) => Math.min(Math.max(here + step[0] + step[1], 0), all.length - 1);

// A figure with its title, what it is of, and its numbers as a table and as rows of a CSV.
function figure(id, {title, note = '', draw, table, near, least = 300}) {
  const box = $(id), open = box.querySelector('details')?.open;
  if (!box.firstChild) box.append(el('p'));
  const width = Math.max(box.clientWidth || $('main').clientWidth, least);
  const of = document.activeElement?.closest?.('svg') && box.contains(document.activeElement) ? document.activeElement.dataset.id : null;
  const head = wrapped(title, (width - 8) / 1.1, 15), low = note ? wrapped(note, width - 8, 11) : [];
  const body = el('g', {transform: `translate(0 ${head.length * 19 + 8})`}), tall = draw(body, width);
  const height = head.length * 19 + 8 + tall + low.length * 15 + 6;
  const acting = body.querySelector('[role=button]') !== null;
  const svg = el('svg', {viewBox: `0 0 ${width} ${height}`, role: acting ? 'group' : 'img', 'aria-label': `${title}. ${note}`,
    xmlns: NS, 'font-family': FACE});
  svg.append(el('rect', {width, height, fill: C.paper}),
    ...head.map((line, k) => text(2, 15 + 19 * k, line, {'font-size': 15, 'font-weight': 600})), body,
    ...low.map((line, k) => text(2, height - 15 * (low.length - k) + 8, line, {'font-size': 11, fill: C.quiet})));
  const details = el('details', {}, el('summary', {}, w('table')));
  const fill = () => { if (details.open && details.children.length < 2) details.append(el('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': title}, tabled(title, table))); };
  details.addEventListener('toggle', fill);
  const saver = (key, act) => { const b = el('button', {type: 'button', 'aria-label': `${w(key)}: ${title}`}, w(key)); b.addEventListener('click', act); return b; };
  const name = `${D.study}_${id}_${state.scenario}_${state.year}`;
  box.replaceChildren(el('figure', {}, svg, el('div', {class: 'tools'}, details,
    saver('csv', () => save(`${name}.csv`, csv(table), 'text/csv')),
    saver('svg', () => save(`${name}_${state.lang}.svg`, new XMLSerializer().serializeToString(svg), 'image/svg+xml')))));
  details.open = open || false;
  fill();
  roving(svg, near || inRow);
  if (of) [...svg.querySelectorAll('[role=button]')].find(e => e.dataset.id === of)?.focus();
}
function tabled(title, {columns, rows}) {
  const head = el('tr', {}, el('th', {scope: 'col'}, ''), ...columns.map(c => el('th', {scope: 'col'}, c)));
  return el('table', {}, el('caption', {}, title), el('thead', {}, head), el('tbody', {}, ...rows.map(r =>
    el('tr', {}, el('th', {scope: 'row'}, r.name), ...r.texts.map(v => el('td', {}, v))))));
}
const quoted = v => /[",\n]/.test(String(v)) ? `"${String(v).replaceAll('"', '""')}"` : String(v);
function csv({rows}) {
  const cells = rows.flatMap(r => r.cells).filter(c => Number.isFinite(c.v));
  return ['experiment,scenario,region,sector,year,indicator,value,unit', ...cells.map(c =>
    [D.study, c.s, c.r, c.p, c.y, c.i, c.v, c.unit || I[c.i].csv].map(quoted).join(','))].join('\n') + '\n';
}
function save(name, content, type) {
  const link = el('a', {href: URL.createObjectURL(new Blob([content], {type: type + ';charset=utf-8'})), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
function legend(g, width, entries) {
  let x = 2, y = 12;
  for (const [label, colour] of entries) {
    const room = Math.min(wide(label) + 30, width - 4), words = cut(label, width - 34);
    if (x + room > width && x > 2) { x = 2; y += 18; }
    g.append(el('rect', {x, y: y - 9, width: 14, height: 10, fill: colour}), text(x + 19, y, words));
    x += room;
  }
  return y + 8;
}

// Bars in rows: names at the left, a bar for each number, what it is beside it.
// Bars longer than the widest are cut there, and their number says so.
function bars(g, width, {rows, colours, labels, widest = Infinity}) {
  let top = labels ? legend(g, width, labels.map((l, k) => [l, colours[k]])) : 4;
  const limit = v => Math.min(v, widest), said = (row, k) => row.texts[k] + (row.vs[k] > widest ? ' »' : '');
  const every = rows.flatMap(r => r.vs).filter(Number.isFinite).map(limit);
  const low = Math.min(0, ...every), high = Math.max(0, ...every, low === 0 ? 1e-9 : 0);
  const names = Math.min(Math.max(...rows.map(r => wide(r.name))) + 14, 0.44 * width);
  const beside = 1.1 * Math.max(...rows.flatMap(r => r.texts.map((_, k) => wide(said(r, k), 11)))) + 8;
  const left = names + (low < 0 ? beside : 0), right = width - (high > 1e-9 ? beside : 4);
  const x = v => left + (right - left) * (v - low) / (high - low || 1);
  const thick = rows[0] && rows[0].vs.length > 1 ? 11 : 13, tall = thick * (rows[0] ? rows[0].vs.length : 1) + 6;
  for (const v of nice(low, high, Math.min(8, Math.max(2, Math.floor((right - left) / 70)))))
    g.append(el('line', {x1: x(v), x2: x(v), y1: top, y2: top + rows.length * tall, stroke: C.line, 'stroke-width': 0.6}));
  rows.forEach((row, n) => {
    const y = top + n * tall, line = el('g', {'data-id': row.id || ''});
    line.append(el('rect', {class: 'ring', x: 1, y: y + 1, width: width - 2, height: tall - 2, rx: 3,
      fill: row.chosen ? C.grey : 'transparent', stroke: 'none'}));
    line.append(text(4, y + tall / 2 + 4, cut(row.name, names - 8), {'font-weight': row.bold ? 700 : 400}));
    row.vs.forEach((v, k) => {
      const at = y + 3 + k * thick, end = x(limit(v)), zero = x(0);
      if (Number.isFinite(v)) line.append(el('rect', {x: Math.min(end, zero), y: at, width: Math.abs(end - zero), height: thick - 1, fill: row.colours ? row.colours[k] : colours[k]}));
      const far = Number.isFinite(v) ? end : zero;
      line.append(text(far + (v < 0 ? -3 : 3), at + thick / 2 + 3.5, said(row, k),
        {'font-size': 11, 'text-anchor': v < 0 ? 'end' : 'start', 'font-weight': row.bold ? 700 : 400}));
    });
    g.append(row.act ? doing(line, row.say, row.act, row.chosen ? 'true' : 'false') : line);
  });
  g.append(el('line', {x1: x(0), x2: x(0), y1: top, y2: top + rows.length * tall, stroke: C.ink}));
  top += rows.length * tall;
  for (const v of nice(low, high, Math.min(8, Math.max(2, Math.floor((right - left) / 70)))))
    g.append(text(x(v), top + 13, tick(v), {'font-size': 11, fill: C.quiet, 'text-anchor': 'middle'}));
  return top + 20;
}

function tableOf(rows, i) {
  const columns = differing() ? [...series().map(s => t(S[s])), heads()[0]] : heads();
  return {columns, rows: rows.map(r => ({name: r.name, cells: r.cells, texts: [
    ...r.cells.map(c => marked(shown(c.v, c.i), c)), ...(differing() ? [marked(fixed(r.vs[0], I[i].digits, true), ...r.cells)] : [])]}))};
}
function texts(row, i) {
  return differing() ? [marked(fixed(row.vs[0], I[i].digits, true), ...row.cells)] : row.cells.map(c => marked(shown(c.v, i), c));
}
const saying = (name, row, i) => w('saying', {name, rest: heads().map((h, k) => `${h} ${texts(row, i)[k]} ${unit(i)}`).join(w('between'))});
const about = () => w('about', {study: D.study, facts: t(D.facts), year: state.year});

// ---- the sections
const go = changes => { Object.assign(state, changes); remember(); render(); };

function drawMap() {
  const i = state.indicator, provinces = D.regions.filter(r => r.id !== NATION);
  const rows = lines(i, D.regions, (s, r) => cell(i, s, r.id, state.year));
  const values = rows.slice(1).flatMap(r => r.vs).filter(Number.isFinite);
  const signed = differing() || I[i].signed || values.some(v => v < 0), bound = Math.max(...values.map(Math.abs), 1e-9);
  const colour = v => mixed(signed ? D.colours.diverging : D.colours.rising, signed ? 0.5 + 0.5 * v / bound : v / bound);
  const short1 = v => differing() ? fixed(v, 1, true) : short(v, i);
  const places = [];
  figure('map', {
    title: w('map', {what: named(i), year: state.year}), note: `${D.outside.length ? w('outside') : ''} ${about()}`,
    draw(g, width) {
      const maps = heads(), beside = width > 560 && maps.length > 1, room = beside ? width / maps.length : width;
      const all = [...provinces, ...D.outside].map(r => r.tile), down = D.outside.length ? 0 : 1.7;
      const size = Math.min((room - 10) / (Math.max(...all.map(p => p[1])) + 0.1), 62), tall = (Math.max(...all.map(p => p[0])) + down) * size + 30;
      maps.forEach((head, m) => {
        const [x0, y0] = beside ? [m * room, 0] : [0, m * (tall + 12)];
        const nation = rows[0].vs[m], at = el('g', {transform: `translate(${x0} ${y0})`});
        at.append(text(2, 14, cut(head, room - 6), {'font-weight': 600, fill: hues()[m]}));
        const whole = el('g', {'data-id': NATION + m});
        whole.append(el('rect', {class: 'ring', x: 2, y: 26, width: 3.4 * size, height: 1.5 * size, rx: 4, fill: 'transparent', stroke: state.region === NATION ? C.ink : C.line, 'stroke-width': state.region === NATION ? 2.5 : 1}),
          text(10, 26 + 0.6 * size, t(R[NATION]), {'font-weight': 600}),
          text(10, 26 + 1.2 * size, marked(differing() ? fixed(nation, I[i].digits, true) : shown(nation, i), ...rows[0].cells) , {'font-size': Math.min(22, size / 2.2), 'font-weight': 600}));
        at.append(doing(whole, saying(t(R[NATION]), rows[0], i), () => go({region: NATION}), String(state.region === NATION)));
        places.push({m, row: 1.4, column: 2});
        for (const o of D.outside) {
          const [x, y] = [(o.tile[1] - 1) * size + 2, (o.tile[0] - 1) * size + 26];
          at.append(el('g', {}, el('title', {}, `${t(o)}: ${w('absent')}`), el('rect', {x, y, width: size * 0.95, height: size * 0.95, fill: C.grey, 'stroke-dasharray': '3 2', stroke: C.line}),
            text(x + size * 0.475, y + size * 0.5, wide(t(o), 10) > size * 0.93 ? o.id : t(o), {'text-anchor': 'middle', 'font-size': 10, fill: C.quiet})));
        }
        provinces.forEach((r, k) => {
          const v = rows[k + 1].vs[m], [x, y] = [(r.tile[1] - 1) * size + 2, (r.tile[0] - 1 + down) * size + 26];
          const fill = Number.isFinite(v) ? colour(v) : C.grey, ink = Number.isFinite(v) ? inkOn(fill) : C.ink, mine = r.id === state.region;
          const words = t(r), big = wide(words, 11) * (mine ? 1.1 : 1) > size * 0.93 ? r.id : words, tile = el('g', {'data-id': r.id + m});
          tile.append(el('rect', {x, y, width: size * 0.95, height: size * 0.95, fill}),
            text(x + size * 0.475, y + size * 0.4, big, {'text-anchor': 'middle', 'font-size': 11, fill: ink, 'font-weight': mine ? 700 : 400}),
            text(x + size * 0.475, y + size * 0.76, marked(short1(v), ...(differing() ? rows[k + 1].cells : [rows[k + 1].cells[m]])), {'text-anchor': 'middle', 'font-size': Math.min(12, size / 3.4), fill: ink, 'font-weight': mine ? 700 : 400}),
            el('rect', {class: 'ring', x, y, width: size * 0.95, height: size * 0.95, fill: 'transparent', stroke: mine ? C.ink : 'none', 'stroke-width': mine ? 2.5 : 0}));
          at.append(doing(tile, saying(words, rows[k + 1], i), () => go({region: r.id}), String(mine)));
          places.push({m, row: r.tile[0], column: r.tile[1]});
        });
        g.append(at);
      });
      const end = beside ? tall : maps.length * (tall + 12), steps = 40, long = Math.min(width - 90, 300);
      for (let k = 0; k < steps; k++) g.append(el('rect', {x: 40 + k * long / steps, y: end + 4, width: long / steps + 0.5, height: 10, fill: mixed(signed ? D.colours.diverging : D.colours.rising, k / (steps - 1))}));
      const ends = signed ? [-bound, 0, bound] : [0, bound / 2, bound];
      ends.forEach((v, k) => g.append(text(40 + k * long / 2, end + 28, fixed(v, bound >= 10 ? 0 : bound >= 1 ? 1 : 2, signed), {'font-size': 11, 'text-anchor': 'middle', fill: C.quiet})));
      return end + 36;
    },
    near(here, [dx, dy]) {
      const from = places[here];
      let best = here, least = Infinity;
      places.forEach((p, k) => {
        const [x, y] = [p.column - from.column, p.row - from.row], ahead = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
        if (p.m === from.m && ahead > 0 && ahead + 3 * aside < least) { least = ahead + 3 * aside; best = k; }
      });
      return best;
    },
    table: tableOf(D.regions.map((r, k) => ({name: t(r), ...rows[k]})), i),
  });
}
function drawBars() {
  const i = state.indicator;
  let rows = lines(i, D.regions, (s, r) => cell(i, s, r.id, state.year)).map((row, k) => ({...row, id: D.regions[k].id, name: t(D.regions[k])}));
  const order = v => Number.isFinite(v) ? v : Infinity;
  rows = [rows[0], ...rows.slice(1).sort((a, b) => I[i].signed || differing() ? order(a.vs[0]) - order(b.vs[0]) : order(-a.vs[0]) - order(-b.vs[0]))]
    .filter(r => r.vs.some(Number.isFinite));
  rows = rows.map(r => ({...r, texts: texts(r, i), bold: r.id === NATION || r.id === state.region, chosen: r.id === state.region,
    say: saying(r.name, r, i), act: () => go({region: r.id})}));
  if (!rows.length) { $('bars').replaceChildren(el('p', {class: 'note'}, w('nothing', {what: t(I[i]), scenario: t(S[state.scenario]), year: state.year}))); return; }
  // A sum would leave no room for its parts.
  const [nation, most] = [Math.max(...rows[0].vs), Math.max(...rows.slice(1).flatMap(r => r.vs).filter(Number.isFinite))];
  const widest = rows[0].id === NATION && most > 0 && nation > 2 * most ? most : Infinity;
  figure('bars', {title: w('sorted', {what: named(i), year: state.year}), note: about(),
    draw: (g, width) => bars(g, width, {rows, colours: hues(), labels: heads(), widest}), table: tableOf(rows, i)});
}
function drawIndices() {
  const regions = [...new Set([NATION, state.region])], acting = series().filter(s => S[s].policy);
  if (!D.indices.length || !acting.length) { $('indices').replaceChildren(); return; }
  const columns = regions.flatMap(r => D.indices.map(i => [r, i])), last = state.year === D.years[D.years.length - 1];
  const rows = acting.map(s => ({name: t(S[s]), texts: columns.map(([r, i]) => {
    const c = cell(i, s, r, state.year), ends = last && D.ranges.of?.[[s, r, i].join('|')];
    return marked(shown(c.v, i), c) + (ends ? ` [${ends.map(v => shown(v, i)).join(', ')}]` : '');
  })}));
  const scroll = el('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': w('three')});
  scroll.append(tabled(w('three', {year: state.year}), {columns: columns.map(([r, i]) => `${t(R[r])}: ${named(i)}`), rows}));
  const draws = last && D.ranges.of ? el('p', {class: 'note'}, w('draws', D.ranges)) : '';
  $('indices').replaceChildren(scroll, draws);
}
const DASHES = ['', '7 3', '2 2', '9 3 2 3'];
function dot(g, n, x, y, fill, label) {
  const shapes = [() => el('circle', {cx: x, cy: y, r: 3.5}), () => el('rect', {x: x - 3.2, y: y - 3.2, width: 6.4, height: 6.4}),
    () => el('path', {d: `M${x} ${y - 4.5}l4.2 7.5h-8.4z`}), () => el('path', {d: `M${x} ${y - 4.6}l4.6 4.6l-4.6 4.6l-4.6 -4.6z`}), () => el('path', {d: `M${x} ${y + 4.5}l4.2 -7.5h-8.4z`})];
  const e = shapes[n % shapes.length]();
  e.setAttribute('fill', fill);
  e.append(el('title', {}, label));
  g.append(e);
}
function drawPaths() {
  const i = state.indicator, r = state.region;
  const kept = D.scenarios.filter(s => D.years.some(y => Number.isFinite(value(i, s.id, r, y))));
  if (!kept.length || B[i].y.length < 1) { $('paths').replaceChildren(); return; }
  const rows = kept.map(s => ({name: t(s), cells: B[i].y.map(y => cell(i, s.id, r, y))}));
  figure('paths', {title: w('paths', {what: named(i), region: t(R[r])}), note: about(),
    draw(g, width) {
      const every = rows.flatMap(x => x.cells).map(c => c.v).filter(Number.isFinite), low = Math.min(0, ...every), high = Math.max(0, ...every, low === 0 ? 1e-9 : 0);
      const yticks = nice(low, high), left = Math.max(...yticks.map(v => wide(tick(v), 11))) + 12, tall = 250, right = width - 16;
      const [y0, y1] = [B[i].y[0], B[i].y[B[i].y.length - 1]];
      const x = year => left + (right - left) * (y1 > y0 ? (year - y0) / (y1 - y0) : 0.5), y = v => 8 + tall * (1 - (v - low) / (high - low || 1));
      for (const v of yticks) g.append(el('line', {x1: left, x2: right, y1: y(v), y2: y(v), stroke: v === 0 ? C.ink : C.line, 'stroke-width': v === 0 ? 1 : 0.6}), text(left - 6, y(v) + 4, tick(v), {'font-size': 11, 'text-anchor': 'end', fill: C.quiet}));
      let last = -99;
      for (const year of B[i].y) if (x(year) - last > 36) { g.append(text(x(year), tall + 24, String(year), {'font-size': 11, 'text-anchor': 'middle', fill: C.quiet})); last = x(year); }
      g.append(el('line', {x1: x(state.year), x2: x(state.year), y1: 8, y2: 8 + tall, stroke: C.quiet, 'stroke-dasharray': '2 3'}));
      const front = k => series().includes(kept[k].id);
      const order = kept.map((_, k) => k).sort((a, b) => front(a) - front(b));
      for (const k of order) {
        const s = kept[k], points = rows[k].cells.filter(c => Number.isFinite(c.v));
        const line = el('g', {opacity: front(k) || kept.length <= 4 ? 1 : 0.55});
        line.append(el('path', {d: points.map((c, n) => `${n ? 'L' : 'M'}${x(c.y).toFixed(1)} ${y(c.v).toFixed(1)}`).join(''), fill: 'none', stroke: tint(s.id), 'stroke-width': front(k) ? 3 : 1.4, 'stroke-dasharray': DASHES[Math.floor(k / 5) % DASHES.length]}));
        for (const c of points) dot(line, k, x(c.y), y(c.v), tint(s.id), `${t(s)}, ${c.y}: ${marked(shown(c.v, i), c)} ${unit(i)}`);
        g.append(line);
      }
      let [lx, ly] = [2, tall + 46];
      kept.forEach((s, k) => {
        const words = cut(t(s), width - 40), room = wide(words) + 42;
        if (lx + room > width && lx > 2) { lx = 2; ly += 19; }
        g.append(el('line', {x1: lx, x2: lx + 24, y1: ly - 4, y2: ly - 4, stroke: tint(s.id), 'stroke-width': front(k) ? 3 : 1.4, 'stroke-dasharray': DASHES[Math.floor(k / 5) % DASHES.length]}));
        dot(g, k, lx + 12, ly - 4, tint(s.id), t(s));
        g.append(text(lx + 29, ly, words, {'font-weight': front(k) ? 700 : 400}));
        lx += room;
      });
      return ly + 10;
    },
    table: {columns: B[i].y.map(String), rows: rows.map(r => ({...r, texts: r.cells.map(c => marked(shown(c.v, i), c))}))}});
}
function drawEvery() {
  const i = state.indicator, kept = D.scenarios.filter(s => Number.isFinite(value(i, s.id, state.region, state.year)));
  if (kept.length < 2) { $('every').replaceChildren(); return; }
  const rows = kept.map(s => { const c = cell(i, s.id, state.region, state.year), text = marked(shown(c.v, i), c);
    return {id: s.id, name: t(s), vs: [c.v], cells: [c], texts: [text], colours: [tint(s.id)], chosen: s.id === state.scenario, bold: s.id === state.scenario,
      say: `${t(s)}: ${text} ${unit(i)}`, act: () => go({scenario: s.id, beside: state.beside === s.id ? '' : state.beside})}; });
  figure('every', {title: w('every', {what: named(i), region: t(R[state.region]), year: state.year}), note: about(),
    draw: (g, width) => bars(g, width, {rows, colours: []}),
    table: {columns: [named(i)], rows: rows.map(r => ({name: r.name, cells: r.cells, texts: r.texts}))}});
}
function partsOf(i) {
  const zero = row => row.cells.every(c => !Number.isFinite(c.v) || c.v === 0);
  const codes = B[i].p.filter(p => p !== ALL), at = (s, p) => cell(i, s, state.region, state.year, p);
  let rows = lines(i, codes, at).map((row, k) => ({...row, id: codes[k], name: partName(i, codes[k])})).filter(row => !zero(row));
  if (I[i].signed) rows.sort((a, b) => (a.id === 'product_taxes') - (b.id === 'product_taxes') || (a.vs[0] || 0) - (b.vs[0] || 0));
  if (i === 'gdp_contribution_pp' && rows.length)
    rows.push({...lines(i, ['sum'], s => cell(D.indices[0], s, state.region, state.year))[0], id: 'sum', name: w('sum'), bold: true});
  return rows;
}
function drawParts() {
  const there = D.indicators.filter(x => B[x.id].p.some(p => p !== ALL) && partsOf(x.id).length);
  if (!there.length) {
    $('parts').replaceChildren(...(D.blocks.some(b => b.p.length > 1) ? [el('p', {class: 'note'}, w('no_parts', {region: t(R[state.region]), year: state.year}))] : []));
    return;
  }
  const i = (there.find(x => x.id === state.parts) || there.find(x => x.id === 'gdp_contribution_pp') || there[0]).id;
  const had = document.activeElement?.id === 'of';
  const rows = partsOf(i).map(r => ({...r, texts: texts(r, i)}));
  figure('parts', {title: w('parts', {what: named(i), region: t(R[state.region]), year: state.year}), note: about(),
    draw: (g, width) => bars(g, width, {rows, colours: hues(), labels: heads(), widest: I[i].csv === '%' && !differing() ? D.colours.widest : Infinity}),
    table: tableOf(rows, i)});
  const pick = el('select', {id: 'of'}, ...there.map(x => el('option', {value: x.id}, t(x))));
  pick.value = i;
  pick.addEventListener('change', () => go({parts: pick.value}));
  $('parts').prepend(el('label', {class: 'pick'}, w('of') + ' ', pick));
  if (had) pick.focus();
}
function drawStack(id, i, share, hatched) {
  const b = B[i], r = state.region;
  const any = b && series().some(s => b.p.some(p => p !== ALL && b.y.some(y => Number.isFinite(value(i, s, r, y, p)))));
  if (!any) { $(id).replaceChildren(); return; }
  const sources = Object.keys(D.colours.sources).filter(p => series().some(s => b.y.some(y => value(i, s, r, y, p) > 0)));
  const sums = s => b.y.map(y => sources.reduce((sum, p) => sum + (value(i, s, r, y, p) || 0), 0));
  const rows = series().flatMap(s => [...sources.map(p => ({name: `${t(S[s])}: ${partName(i, p)} (${unit(i)})`, cells: b.y.map(y => cell(i, s, r, y, p))})),
    ...[share, hatched].filter(k => k && B[k]).map(k => ({name: `${t(S[s])}: ${named(k)}`, cells: b.y.map(y => cell(k, s, r, y))}))]);
  figure(id, {title: w(id, {what: named(i), region: t(R[r])}), note: w('share', {share: t(I[share])}) + (hatched && B[hatched] ? ' ' + w('hatched') : '') + ' ' + about(),
    draw(g, width) {
      let top = legend(g, width, sources.map(p => [partName(i, p), D.colours.sources[p]]).reverse());
      const high = Math.max(...series().flatMap(sums), 1e-9), ticks = nice(0, high, 4), left = Math.max(...ticks.map(v => wide(tick(v), 11))) + 10;
      for (const s of series()) {
        const tall = 170, base = top + 34 + tall, band = (width - left - 4) / b.y.length, thick = Math.min(band * 0.72, 46);
        g.append(text(2, top + 14, cut(t(S[s]), width), {'font-weight': 600, fill: tint(s)}));
        const y = v => base - tall * v / high;
        for (const v of ticks) g.append(el('line', {x1: left, x2: width - 4, y1: y(v), y2: y(v), stroke: C.line, 'stroke-width': 0.6}), text(left - 5, y(v) + 4, tick(v), {'font-size': 11, 'text-anchor': 'end', fill: C.quiet}));
        b.y.forEach((year, n) => {
          const x = left + band * (n + 0.5) - thick / 2;
          let sum = 0, fossil = 0;
          for (const p of sources) {
            const v = value(i, s, r, year, p) || 0;
            g.append(el('rect', {x, y: y(sum + v), width: thick, height: Math.max(y(sum) - y(sum + v), 0), fill: D.colours.sources[p]}, el('title', {}, `${year}, ${partName(i, p)}: ${shown(v, i)} ${unit(i)}`)));
            sum += v;
            if (D.colours.fossil.includes(p)) fossil += v;
          }
          const abated = hatched ? value(hatched, s, r, year) : 0;
          if (abated > 0) for (let v = fossil - abated, step = high / 60; v < fossil; v += step) g.append(el('line', {x1: x, x2: x + thick, y1: y(v), y2: y(Math.min(v + step, fossil)), stroke: '#ffffff', 'stroke-width': 1}));
          const part = value(share, s, r, year);
          if (Number.isFinite(part) && sum > 0) g.append(text(x + thick / 2, y(sum) - 4, `${Math.round(100 * part)}%`, {'font-size': 11, 'text-anchor': 'middle'}));
          if (band > 34 || n % 2 === 0) g.append(text(x + thick / 2, base + 15, String(year), {'font-size': 11, 'text-anchor': 'middle', fill: C.quiet}));
        });
        top = base + 22;
      }
      return top + 6;
    },
    table: {columns: b.y.map(String), rows: rows.map(x => ({...x, texts: x.cells.map(c => shown(c.v, c.i))}))}});
}
const SMALLEST = 0.005, MOST = 14;
function drawCauses(by) {
  const parts = D.causes.of[state.scenario]?.[by]?.[state.region];
  if (!parts) { $(by).replaceChildren(); return; }
  const label = k => k === state.region ? w('own') : k === 'instruments' ? w('alone') : R[k] ? t(R[k]) : t(D.causes.names[k]);
  const at = (k, v) => ({i: D.indices[0], s: state.scenario, r: state.region, y: D.causes.year, p: `${by}:${k}`, v, unit: 'percentage points'});
  const all = Object.entries(parts).sort((a, b) => a[1] - b[1]).map(([k, v]) => ({id: k, name: label(k), vs: [v], cells: [at(k, v)], texts: [fixed(v, 3, true)], bold: k === state.region}));
  const size = r => Math.abs(r.vs[0]), least = Math.max(SMALLEST, [...all].sort((a, b) => size(b) - size(a)).slice(0, MOST).map(size).pop());
  const big = all.filter(r => size(r) >= least), rest = all.filter(r => size(r) < least), sum = list => list.reduce((x, r) => x + r.vs[0], 0);
  const rows = [...big, ...(rest.length ? [{name: w('rest'), vs: [sum(rest)], texts: [fixed(sum(rest), 3, true)]}] : []),
    {name: w('sum'), vs: [sum(all)], texts: [fixed(sum(all), 3, true)], bold: true}];
  figure(by, {title: w(by, {region: t(R[state.region]), scenario: t(S[state.scenario]), year: D.causes.year}), note: about(),
    draw: (g, width) => bars(g, width, {rows, colours: [tint(state.scenario)]}),
    table: {columns: [w('points')], rows: [...all, {name: w('sum'), cells: [], texts: rows[rows.length - 1].texts}]}});
}
function drawNotes() {
  const caveats = D.caveats[state.year] || [];
  const lines = [...D.notes.map(t), ...(D.since === D.years[0] ? [] : [w('trimmed', {year: D.since ?? '–'})])];
  $('notes').querySelector('div').replaceChildren(...caveats.map(x => el('p', {class: 'warn'}, t(x))), ...lines.map(x => el('p', {}, x)));
}

// ---- controls, address, first drawing
const KNOWN = {lang: v => D.words[v], theme: v => v === 'dark' || v === 'light', scenario: v => S[v], beside: v => v === '' || S[v], view: v => v === 'both' || v === 'difference',
  indicator: v => I[v], year: v => D.years.includes(Number(v)), region: v => R[v], parts: v => v === '' || I[v]};
function remember() {
  const p = new URLSearchParams(Object.entries(state).filter(([k, v]) => v !== FORMER[k]).map(([k, v]) => [k, String(v)]));
  history.replaceState(null, '', '#' + p);
}
function recall() {
  Object.assign(state, FORMER);
  for (const [k, v] of new URLSearchParams(location.hash.slice(1))) if (KNOWN[k] && KNOWN[k](v)) state[k] = k === 'year' ? Number(v) : v;
  if (state.beside === state.scenario) state.beside = '';
}
function options(id, list, chosen) {
  $(id).replaceChildren(...list.map(([v, words]) => el('option', {value: v}, words)));
  $(id).value = chosen;
}
function render() {
  C = shades();
  document.documentElement.lang = state.lang === 'zh' ? 'zh-CN' : 'en';
  document.documentElement.dataset.theme = state.theme;
  document.title = $('title').textContent = t(D.title);
  for (const e of document.querySelectorAll('[data-w]')) e.textContent = w(e.dataset.w);
  $('controls').setAttribute('aria-label', w('controls'));
  $('lang').textContent = state.lang === 'zh' ? 'English' : '中文';
  $('lang').lang = state.lang === 'zh' ? 'en' : 'zh-CN';
  options('scenario', D.scenarios.map(s => [s.id, t(s)]), state.scenario);
  options('beside', [['', w('none')], ...D.scenarios.filter(s => s.id !== state.scenario).map(s => [s.id, t(s)])], state.beside);
  options('view', [['both', w('both')], ['difference', w('less')]], state.view);
  $('as').classList.toggle('hide', !state.beside);
  options('indicator', D.indicators.filter(x => B[x.id].p.includes(ALL)).map(x => [x.id, named(x.id)]), state.indicator);
  options('region', D.regions.map(r => [r.id, t(r)]), state.region);
  $('year').max = D.years.length - 1;
  $('year').value = D.years.indexOf(state.year);
  $('year').setAttribute('aria-valuetext', state.year);
  $('year').disabled = D.years.length < 2;
  $('at').textContent = state.year;
  $('place').textContent = t(R[state.region]);
  const told = lines(state.indicator, [R[state.region]], (s, r) => cell(state.indicator, s, r.id, state.year))[0];
  const empty = told.vs.every(v => !Number.isFinite(v));
  $('status').textContent = empty ? w('nothing', {what: t(I[state.indicator]), scenario: heads().join(' / '), year: state.year})
    : w('told', {year: state.year, what: t(I[state.indicator]), rest: saying(t(R[state.region]), told, state.indicator)});
  drawIndices();
  if (tiled) drawMap();
  drawBars(); drawPaths(); drawEvery(); drawParts();
  drawStack('power', 'generation', 'nonfossil_power_share');
  drawStack('energy', 'primary_energy', 'nonfossil_share', 'primary_energy_abated');
  drawCauses('cause'); drawCauses('channel');
  drawNotes();
}
for (const id of ['scenario', 'beside', 'view', 'indicator', 'region'])
  $(id).addEventListener('change', () => go({[id]: $(id).value, ...(id === 'scenario' && $(id).value === state.beside ? {beside: ''} : {})}));
$('year').addEventListener('input', () => go({year: D.years[Number($('year').value)]}));
$('lang').addEventListener('click', () => go({lang: state.lang === 'zh' ? 'en' : 'zh'}));
$('theme').addEventListener('click', () => go({theme: state.theme === 'dark' ? 'light' : 'dark'}));
$('skip').addEventListener('click', event => { event.preventDefault(); $('main').focus(); });
$('controls').addEventListener('submit', event => event.preventDefault());
addEventListener('hashchange', () => { recall(); render(); });
let waiting;
addEventListener('resize', () => { clearTimeout(waiting); waiting = setTimeout(render, 120); });
function begin() { recall(); render(); document.documentElement.dataset.ready = 'yes'; }
// Text that is laid out before the carried face is there may keep its boxes.
document.fonts.load('12px "Provincial Sans SC"', '全').then(begin, begin);
