/** Elements, made of text only: nothing here reads a string as HTML. */

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] `on…` are listeners, `class` the classes, others properties or attributes
 * @param {...(Node | string | undefined | false)} children
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (name === 'class') made.className = value;
    else if (name in made && typeof value !== 'string') made[name] = value;
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== false));
  return made;
}

/** @param {string} id */
export function byId(id) {
  return document.getElementById(id);
}

/** Changes a text only where it differs: what has not changed is not read out again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
