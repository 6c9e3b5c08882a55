/** Small functions that emitted code may need; a module contains those it uses, on its first line. */
export const HELPERS: Readonly<Record<string, (name: string) => string>> = {
  /** An array that for-of would walk by index. */
  isArray: (n) => `const ${n} = (a) => Array.isArray(a) && a[Symbol.iterator] === Array.prototype.values;`,
  next: (n) =>
    `const ${n} = (it) => { const r = it.next(); if (Object(r) !== r) throw new TypeError(\`Iterator result \${String(r)} is not an object\`); return r; };`,
  /** Leaving a loop early: errors of the iterator count. */
  close: (n) =>
    `const ${n} = (it) => { const f = it.return; if (f === undefined || f === null) return; const r = f.call(it); if (Object(r) !== r) throw new TypeError(\`\${String(r)} is not an object\`); };`,
  /** Leaving by an exception: that one counts. */
  closeQuietly: (n) => `const ${n} = (it) => { try { it.return?.(); } catch {} };`,
  keys: (n) => `const ${n} = (o) => { const keys = []; for (const k in o) keys.push(k); return keys; };`,
  omit: (n) =>
    `const ${n} = (o, keys) => { const skip = new Set(keys.map((k) => (typeof k === "symbol" ? k : String(k)))); const rest = {}; for (const k of Reflect.ownKeys(Object(o))) if (!skip.has(k) && Object.prototype.propertyIsEnumerable.call(o, k)) rest[k] = o[k]; return rest; };`,
  /** The first n elements for a pattern; arrays are read in place. */
  elements: (n) =>
    `const ${n} = (v, n) => { if (Array.isArray(v) && v[Symbol.iterator] === Array.prototype.values) return v; const out = []; if (n > 0) for (const x of v) { out.push(x); if (out.length === n) break; } else v[Symbol.iterator]().return?.(); return out; };`,
};
