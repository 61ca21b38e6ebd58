// Elements of the page. Text is only ever set as text, so that no name can become markup.

const svgSpace = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** An HTML element: element("p", {class: "hint"}, "text", anotherElement). */
function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same in SVG. */
function svgElement(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(svgSpace, tag), attributes, children);
}

/** Puts other children into an element. */
function replaceContent(node, ...children) {
  node.replaceChildren();
  fill(node, {}, children);
}

/** Whether keys pressed here are text. */
function isTextField(target) {
  return target.matches("textarea, select, input:not([type=range], [type=checkbox], [type=radio], [type=button])");
}

/** The data that stands in the page. */
function pageData() {
  return JSON.parse(document.getElementById("data").textContent);
}
