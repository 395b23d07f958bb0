"use strict";
// The report's own answers: cells of counts are added up, and rates are made of the sums, by the formulas of `rates`.
(function () {
  const place = document.getElementById("ask");
  const cube = JSON.parse(document.getElementById("cube").textContent);
  const names = Object.keys(cube.dimensions);
  const size = cube.cells.week.length;
  const words = cube.words;
  const number = new Intl.NumberFormat(cube.lang);
  const percent = new Intl.NumberFormat(cube.lang, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const Z95 = 1.959963984540054;
  const zeros = new Array(size).fill(0);
  const column = (name) => cube.cells[name] || zeros;
  const COUNTED = [...cube.counts.sent, ...cube.counts.not_sent, "provisional", "receipts_only"];

  function wilson(hits, of, side) {
    const share = hits / of, weight = (Z95 * Z95) / of;
    return (share + weight / 2 + side * Math.sqrt(weight * (share * (1 - share) + weight / 4))) / (1 + weight);
  }

  const within = (value) => Math.min(1, Math.max(0, value));

  function rated(sums) {
    const total = (list) => list.reduce((whole, name) => whole + sums[name], 0);
    const row = Object.assign({}, sums);
    row.sent = total(cube.counts.sent);
    row.messages = row.sent + total(cube.counts.not_sent);
    row.waiting = sums.out_of_coverage + sums.awaiting_status;
    const answered = sums.delivered + sums.partly_confirmed + sums.failed;
    // Shares of few say nothing, and are shown nowhere in the report.
    const enough = row.sent >= cube.minimum && row.sent > 0;
    row.rate_confirmed = enough ? sums.delivered / row.sent : null;
    row.rate_possible = enough ? (row.sent - sums.failed) / row.sent : null;
    row.coverage = enough ? answered / row.sent : null;
    row.ci_low = enough ? within(wilson(sums.delivered, row.sent, -1)) : null;
    row.ci_high = enough ? within(wilson(row.sent - sums.failed, row.sent, 1)) : null;
    return row;
  }

  function chosen() {
    const wanted = {};
    for (const name of names) wanted[name] = Number(document.getElementById("ask-" + name).value);
    const [first, last] = ["from", "to"].map((end) => Number(document.getElementById("ask-" + end).value));
    return { wanted, first: Math.min(first, last), last: Math.max(first, last) };
  }

  // The cells that fit, added up by each place in `by` (none: all in one).
  function added(choice, by) {
    const whole = choice.first === 0 && choice.last >= cube.weeks.length - 1;
    const found = new Map();
    const keys = by === null ? zeros : column(by);
    for (let cell = 0; cell < size; cell++) {
      const week = cube.cells.week[cell];
      if (week < 0 ? !whole : week < choice.first || week > choice.last) continue;
      if (names.some((name) => choice.wanted[name] >= 0 && cube.cells[name][cell] !== choice.wanted[name])) continue;
      const key = keys[cell];
      if (!found.has(key)) found.set(key, Object.fromEntries(COUNTED.map((name) => [name, 0])));
      const sums = found.get(key);
      for (const name of COUNTED) sums[name] += column(name)[cell];
    }
    return found;
  }

  const FIGURES = ["sent", "rate_confirmed", "rate_possible", "failed", "waiting", "no_status", "coverage"];
  const COLUMNS = ["sent", "delivered", "partly_confirmed", "failed", "waiting", "no_status", "unrecognised", "rate_confirmed", "rate_possible", "coverage"];
  const SHARES = ["rate_confirmed", "rate_possible", "coverage", "ci_low", "ci_high"];
  const written = (name, value) => (value === null ? "\u2013" : SHARES.includes(name) ? percent.format(value) : number.format(value));

  function element(tag, text, attributes) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
    return made;
  }

  function showFigures(row) {
    const list = document.getElementById("ask-figures");
    list.replaceChildren();
    for (const name of FIGURES) {
      if (name === "waiting" && !row.waiting) continue;
      const item = element("li", undefined, { "data-figure": name });
      item.append(element("span", words["column_" + name].replace(", %", ""), { class: "name" }), " ");
      item.append(element("span", written(name, row[name]), { class: "value", "data-value": row[name] }));
      if (name === "rate_confirmed" && row.ci_low !== null) {
        item.append(" ", element("span", words.interval.replace("{low}", written("ci_low", row.ci_low)).replace("{high}", written("ci_high", row.ci_high)), { class: "note" }));
      }
      list.append(item);
    }
    for (const [name, value] of Object.entries(row)) list.dataset[name] = value === null ? "" : value;
  }

  function rowsOf(choice, by) {
    const found = added(choice, by === "week" ? "week" : by);
    const spoken = by === "week" ? cube.week_names : cube.dimensions[by].names;
    return [...found.entries()].sort((one, other) => one[0] - other[0])
      .map(([key, sums]) => Object.assign({ name: key < 0 ? words.no_time : spoken[key], key }, rated(sums)));
  }

  function showTable(by, rows, total) {
    const heading = by === "week" ? words.column_week : cube.dimensions[by].label;
    const columns = COLUMNS.filter((name) => !["partly_confirmed", "waiting", "unrecognised"].includes(name) || total[name]);
    const table = document.getElementById("ask-table-" + by);
    table.replaceChildren(element("caption", words.by.replace("{name}", heading.toLowerCase())));
    const head = element("tr", undefined, { role: "row" });
    head.append(element("th", heading, { scope: "col", role: "columnheader" }));
    for (const name of columns) head.append(element("th", words["column_" + name], { scope: "col", role: "columnheader", class: "number" }));
    const thead = element("thead", undefined, { role: "rowgroup" });
    thead.append(head);
    const body = element("tbody", undefined, { role: "rowgroup" });
    const all = rows.length > 1 ? [...rows, Object.assign({}, total, { name: cube.sum, last: true })] : rows;
    for (const row of all) {
      const line = element("tr", undefined, row.last ? { role: "row", class: "total" } : { role: "row" });
      line.append(element("th", row.name, { scope: "row", role: "rowheader" }));
      for (const name of columns) {
        const cell = element("td", undefined, { role: "cell", class: SHARES.includes(name) ? "number share" : "number", "data-label": words["column_" + name] });
        cell.append(element("span", written(name, row[name])));
        line.append(cell);
      }
      body.append(line);
    }
    table.append(thead, body);
  }

  function weekly(rows) {
    const values = rows.filter((row) => row.key >= 0).map((row) => ({ week: cube.week_names[row.key].replace(/ \d{4}$/, ""), order: row.key, confirmed: row.rate_confirmed, possible: row.rate_possible, sent: row.sent }));
    const x = { field: "week", type: "nominal", sort: { field: "order" }, title: null, axis: { labelAngle: 0, labelOverlap: true, grid: false } };
    const y = { type: "quantitative", scale: { domain: [0, 1] }, axis: { format: ".0%" }, title: words.share };
    const tip = [{ field: "week", title: words.column_week }, { field: "sent", title: words.column_sent, format: "," }, { field: "confirmed", type: "quantitative", format: ".1%", title: words.column_rate_confirmed }, { field: "possible", type: "quantitative", format: ".1%", title: words.column_rate_possible }];
    return {
      data: { values }, width: 640, height: 220,
      layer: [
        { mark: { type: "area", color: cube.colours.open, opacity: 0.5 }, encoding: { x, y: Object.assign({ field: "confirmed" }, y), y2: { field: "possible" } } },
        { mark: { type: "line", color: cube.colours.delivered, point: { filled: true, size: 45, color: cube.colours.delivered } }, encoding: { x, y: Object.assign({ field: "confirmed" }, y), tooltip: tip } },
      ],
    };
  }

  function byOperator(rows) {
    const values = rows.map((row) => ({ name: row.name, order: row.key, confirmed: row.rate_confirmed, possible: row.rate_possible }));
    const y = { field: "name", type: "nominal", sort: { field: "order" }, title: null };
    const x = { type: "quantitative", scale: { domain: [0, 1] }, axis: { format: ".0%" }, title: words.share };
    return {
      data: { values }, width: 640, height: { step: 28 },
      layer: [
        { mark: { type: "bar", color: cube.colours.delivered }, encoding: { y, x: Object.assign({ field: "confirmed" }, x) } },
        { mark: { type: "bar", color: cube.colours.open, opacity: 0.6 }, encoding: { y, x: Object.assign({ field: "confirmed" }, x), x2: { field: "possible" } } },
      ],
    };
  }

  function show() {
    const choice = chosen();
    const everything = added(choice, null).get(0) || Object.fromEntries(COUNTED.map((name) => [name, 0]));
    const total = rated(everything);
    showFigures(total);
    const tables = Object.fromEntries([...names, "week"].map((by) => [by, rowsOf(choice, by)]));
    for (const by of [...names, "week"]) showTable(by, tables[by], total);
    document.getElementById("ask-few").hidden = total.rate_confirmed !== null;
    window.report.redraw({ "ask-weeks": weekly(tables.week), "ask-operators": byOperator(tables.operator) });
  }

  function options(select, list, everything) {
    if (everything) select.append(element("option", cube.all, { value: -1 }));
    list.forEach((name, number) => select.append(element("option", name, { value: number })));
  }

  for (const name of names) options(document.getElementById("ask-" + name), cube.dimensions[name].names, true);
  options(document.getElementById("ask-from"), cube.week_names, false);
  options(document.getElementById("ask-to"), cube.week_names, false);
  document.getElementById("ask-to").value = Math.max(0, cube.weeks.length - 1);
  place.hidden = false;
  place.addEventListener("change", show);
  document.getElementById("ask-reset").addEventListener("click", function () {
    for (const name of names) document.getElementById("ask-" + name).value = -1;
    document.getElementById("ask-from").value = 0;
    document.getElementById("ask-to").value = Math.max(0, cube.weeks.length - 1);
    show();
  });
  window.report.choose = function (wanted, first, last) {
    for (const name of names) document.getElementById("ask-" + name).value = wanted[name];
    document.getElementById("ask-from").value = first;
    document.getElementById("ask-to").value = last;
    show();
    return Object.assign({}, document.getElementById("ask-figures").dataset);
  };
  show();
})();
