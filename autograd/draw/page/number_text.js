// Numbers as text. JSON has no NaN and no infinities: they arrive as strings, which Number() reads.

/** Up to `digits` significant digits, as C's %g writes them. */
function significant(x, digits = 6) {
  x = Number(x);
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (x === 0) return "0";
  const rounded = Number(x.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size >= 1e-4 && size < 10 ** digits) return String(rounded);
  const [mantissa, exponent] = rounded.toExponential().split("e");
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
}

/** As many of six digits as fit so many characters. */
function fitted(x, characters) {
  for (let digits = 6; digits > 1; --digits) {
    const text = significant(x, digits);
    if (text.length <= characters) return text;
  }
  return significant(x, 1);
}

/** A negative number in brackets, to stand after an operator. */
function bracketed(text) {
  return text.startsWith("-") ? `(${text})` : text;
}

/** "positive", "negative", "zero" or "bad". */
function signOf(x) {
  x = Number(x);
  if (!Number.isFinite(x)) return "bad";
  return x > 0 ? "positive" : x < 0 ? "negative" : "zero";
}

/** An element with a number: six digits, and all of them under the pointer. */
function numberElement(x, name = "") {
  return element("span", {class: `number ${signOf(x)} ${name}`, title: String(Number(x))}, significant(x));
}
