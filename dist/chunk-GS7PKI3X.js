import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  median
} from "./chunk-NDXKYPDK.js";
import {
  Random
} from "./chunk-54GWRCG5.js";
import {
  batchAxes,
  stackFeeds
} from "./chunk-F73D73PX.js";
import {
  arrayTypes,
  openStore,
  readSample,
  readTensor,
  sizeOf,
  tensorBytes
} from "./chunk-2VKI3IRN.js";
import {
  fromOrt,
  toOrt
} from "./chunk-V2K54ILI.js";
import {
  defineJob
} from "./chunk-GJ3MWU23.js";
import {
  roundHalfToEven
} from "./chunk-F3FP2IUP.js";
import {
  checkIsFile,
  isInside,
  readFlags,
  replaceFile,
  sha256,
  sha256File,
  temporaryPath
} from "./chunk-WIJZFTFA.js";
import {
  firstLine
} from "./chunk-2AZ3ZTYO.js";
import {
  UserError,
  pathProblem
} from "./chunk-76VSL6HO.js";

// src/train/trainer.ts
import { existsSync as existsSync2 } from "node:fs";

// src/train/batches.ts
function intoBatches(samples, batch, seed) {
  const order = new Random(seed, "training batches").shuffle([...samples]);
  const count = Math.floor(order.length / batch);
  return Array.from({ length: count }, (_, at) => order.slice(at * batch, (at + 1) * batch));
}
var Batches = class {
  #store;
  #axes;
  #batches;
  /** @param samples which of the store's */
  constructor(reference, samples, batch, axes, seed) {
    this.#store = openStore(reference);
    this.#axes = axes;
    this.#batches = intoBatches(samples, batch, seed);
  }
  get count() {
    return this.#batches.length;
  }
  feeds(batch) {
    return stackFeeds(
      this.#samples(batch).map((index) => readSample(this.#store, index)),
      this.#axes
    );
  }
  /** One-hot rows of the class labels, one a sample; rows without a label are zero, so that they add no loss. */
  labels(batch, dims) {
    const samples = this.#samples(batch);
    const data = new Float32Array(sizeOf(dims));
    const classes = data.length / samples.length;
    samples.forEach((index, row) => {
      const label = this.#store.samples[index]?.label;
      if (label?.kind === "class" && label.index < classes) data[row * classes + label.index] = 1;
    });
    return { type: "float32", dims, data };
  }
  #samples(batch) {
    const found = this.#batches[batch];
    if (!found) throw new RangeError(`batch ${batch} of ${this.#batches.length}`);
    return found;
  }
};

// src/train/checkpoint.ts
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";

// src/train/adam.ts
var clipAt = 4;
function freshMoments(size) {
  return { first: new Float32Array(size), second: new Float32Array(size) };
}
var beta1 = 0.9;
var beta2 = 0.99;
var epsilon = 1e-12;
function adamStep(values, gradient, { first, second }, step, { rates, inner }, factor, scale = 1) {
  const [correction1, correction2] = corrections(step, factor);
  const channels = rates.length;
  for (let start = 0, channel = 0; start < values.length; start += inner, channel = (channel + 1) % channels) {
    const rate = rates[channel] * correction1;
    const end = Math.min(start + inner, values.length);
    for (let i = start; i < end; i++) {
      const g = gradient[i] * scale;
      const m = beta1 * first[i] + (1 - beta1) * g;
      const v = beta2 * second[i] + (1 - beta2) * g * g;
      first[i] = m;
      second[i] = v;
      values[i] = values[i] - rate * m / (Math.sqrt(v) * correction2 + epsilon);
    }
  }
}
function corrections(step, factor) {
  return [factor / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step)];
}
function cosine(step, steps2) {
  return 0.5 * (1 + Math.cos(Math.PI * step / steps2));
}
function gradientNorm(gradients) {
  let sum = 0;
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) sum += gradient[i] ** 2;
  return Math.sqrt(sum);
}

// src/train/checkpoint.ts
function freshState(trained, parameters, distances2 = new Float64Array()) {
  return {
    step: 0,
    moments: new Map(trained.map((name) => [name, freshMoments(parameters.value(name).length)])),
    norm: 0,
    start: parameters.snapshot(trained),
    good: parameters.snapshot(trained),
    goodDistances: distances2,
    stale: 0,
    factor: 1
  };
}
var checkpointPath = (workDir) => join(workDir, "training.checkpoint");
function saveCheckpoint(path, checkpoint) {
  const temporary = temporaryPath(path);
  writeFileSync(temporary, serialize(checkpoint));
  renameSync(temporary, path);
}
function loadCheckpoint(path, key) {
  if (!existsSync(path)) return void 0;
  const checkpoint = deserialize(readFileSync(path));
  return checkpoint.key === key ? checkpoint : void 0;
}

// node_modules/@bufbuild/protobuf/dist/esm/is-message.js
function isMessage(arg, schema) {
  const isMessage2 = arg !== null && typeof arg == "object" && "$typeName" in arg && typeof arg.$typeName == "string";
  if (!isMessage2) {
    return false;
  }
  if (schema === void 0) {
    return true;
  }
  return schema.typeName === arg.$typeName;
}

// node_modules/@bufbuild/protobuf/dist/esm/descriptors.js
var ScalarType;
(function(ScalarType2) {
  ScalarType2[ScalarType2["DOUBLE"] = 1] = "DOUBLE";
  ScalarType2[ScalarType2["FLOAT"] = 2] = "FLOAT";
  ScalarType2[ScalarType2["INT64"] = 3] = "INT64";
  ScalarType2[ScalarType2["UINT64"] = 4] = "UINT64";
  ScalarType2[ScalarType2["INT32"] = 5] = "INT32";
  ScalarType2[ScalarType2["FIXED64"] = 6] = "FIXED64";
  ScalarType2[ScalarType2["FIXED32"] = 7] = "FIXED32";
  ScalarType2[ScalarType2["BOOL"] = 8] = "BOOL";
  ScalarType2[ScalarType2["STRING"] = 9] = "STRING";
  ScalarType2[ScalarType2["BYTES"] = 12] = "BYTES";
  ScalarType2[ScalarType2["UINT32"] = 13] = "UINT32";
  ScalarType2[ScalarType2["SFIXED32"] = 15] = "SFIXED32";
  ScalarType2[ScalarType2["SFIXED64"] = 16] = "SFIXED64";
  ScalarType2[ScalarType2["SINT32"] = 17] = "SINT32";
  ScalarType2[ScalarType2["SINT64"] = 18] = "SINT64";
})(ScalarType || (ScalarType = {}));

// node_modules/@bufbuild/protobuf/dist/esm/wire/varint.js
function varint64read() {
  const buf = this.buf;
  let pos = this.pos;
  let lo = 0;
  let hi = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const b = buf[pos++];
    lo |= (b & 127) << shift;
    if ((b & 128) == 0) {
      this.pos = pos;
      this.assertBounds();
      this.varint64Lo = lo;
      this.varint64Hi = hi;
      return;
    }
  }
  const middleByte = buf[pos++];
  lo |= (middleByte & 15) << 28;
  hi = (middleByte & 112) >> 4;
  if ((middleByte & 128) == 0) {
    this.pos = pos;
    this.assertBounds();
    this.varint64Lo = lo;
    this.varint64Hi = hi;
    return;
  }
  for (let shift = 3; shift <= 31; shift += 7) {
    const b = buf[pos++];
    hi |= (b & 127) << shift;
    if ((b & 128) == 0) {
      this.pos = pos;
      this.assertBounds();
      this.varint64Lo = lo;
      this.varint64Hi = hi;
      return;
    }
  }
  throw new Error("invalid varint");
}
var TWO_PWR_32_DBL = 4294967296;
function int64FromString(dec) {
  const minus = dec[0] === "-";
  if (minus) {
    dec = dec.slice(1);
  }
  const base = 1e6;
  let lowBits = 0;
  let highBits = 0;
  function add1e6digit(begin, end) {
    const digit1e6 = Number(dec.slice(begin, end));
    highBits *= base;
    lowBits = lowBits * base + digit1e6;
    if (lowBits >= TWO_PWR_32_DBL) {
      highBits = highBits + (lowBits / TWO_PWR_32_DBL | 0);
      lowBits = lowBits % TWO_PWR_32_DBL;
    }
  }
  add1e6digit(-24, -18);
  add1e6digit(-18, -12);
  add1e6digit(-12, -6);
  add1e6digit(-6);
  return minus ? negate(lowBits, highBits) : newBits(lowBits, highBits);
}
function int64ToString(lo, hi) {
  let bits = newBits(lo, hi);
  const negative = bits.hi & 2147483648;
  if (negative) {
    bits = negate(bits.lo, bits.hi);
  }
  const result = uInt64ToString(bits.lo, bits.hi);
  return negative ? "-" + result : result;
}
function uInt64ToString(lo, hi) {
  ({ lo, hi } = toUnsigned(lo, hi));
  if (hi <= 2097151) {
    return String(TWO_PWR_32_DBL * hi + lo);
  }
  const low = lo & 16777215;
  const mid = (lo >>> 24 | hi << 8) & 16777215;
  const high = hi >> 16 & 65535;
  let digitA = low + mid * 6777216 + high * 6710656;
  let digitB = mid + high * 8147497;
  let digitC = high * 2;
  const base = 1e7;
  if (digitA >= base) {
    digitB += Math.floor(digitA / base);
    digitA %= base;
  }
  if (digitB >= base) {
    digitC += Math.floor(digitB / base);
    digitB %= base;
  }
  return digitC.toString() + decimalFrom1e7WithLeadingZeros(digitB) + decimalFrom1e7WithLeadingZeros(digitA);
}
function toUnsigned(lo, hi) {
  return { lo: lo >>> 0, hi: hi >>> 0 };
}
function newBits(lo, hi) {
  return { lo: lo | 0, hi: hi | 0 };
}
function negate(lowBits, highBits) {
  highBits = ~highBits;
  if (lowBits) {
    lowBits = ~lowBits + 1;
  } else {
    highBits += 1;
  }
  return newBits(lowBits, highBits);
}
var decimalFrom1e7WithLeadingZeros = (digit1e7) => {
  const partial2 = String(digit1e7);
  return "0000000".slice(partial2.length) + partial2;
};
function varint32write(value, bytes) {
  if (value >>> 0 < 128) {
    bytes.push(value);
    return;
  }
  if (value >= 0) {
    while (value > 127) {
      bytes.push(value & 127 | 128);
      value = value >>> 7;
    }
    bytes.push(value);
  } else {
    for (let i = 0; i < 9; i++) {
      bytes.push(value & 127 | 128);
      value = value >> 7;
    }
    bytes.push(1);
  }
}
function varint32read() {
  let b = this.buf[this.pos++];
  if ((b & 128) === 0) {
    this.assertBounds();
    return b;
  }
  let result = b & 127;
  b = this.buf[this.pos++];
  result |= (b & 127) << 7;
  if ((b & 128) === 0) {
    this.assertBounds();
    return result;
  }
  b = this.buf[this.pos++];
  result |= (b & 127) << 14;
  if ((b & 128) === 0) {
    this.assertBounds();
    return result;
  }
  b = this.buf[this.pos++];
  result |= (b & 127) << 21;
  if ((b & 128) === 0) {
    this.assertBounds();
    return result;
  }
  b = this.buf[this.pos++];
  result |= (b & 15) << 28;
  for (let readBytes = 5; (b & 128) !== 0 && readBytes < 10; readBytes++)
    b = this.buf[this.pos++];
  if ((b & 128) !== 0)
    throw new Error("invalid varint");
  this.assertBounds();
  return result >>> 0;
}

// node_modules/@bufbuild/protobuf/dist/esm/proto-int64.js
var protoInt64 = /* @__PURE__ */ makeInt64Support();
function makeInt64Support() {
  const dv = new DataView(new ArrayBuffer(8));
  const ok = typeof BigInt === "function" && typeof dv.getBigInt64 === "function" && typeof dv.getBigUint64 === "function" && typeof dv.setBigInt64 === "function" && typeof dv.setBigUint64 === "function" && (!!globalThis.Deno || !!globalThis.Bun || typeof process != "object" || typeof process.env != "object" || process.env.BUF_BIGINT_DISABLE !== "1");
  if (ok) {
    const MIN = BigInt("-9223372036854775808");
    const MAX = BigInt("9223372036854775807");
    const UMIN = BigInt("0");
    const UMAX = BigInt("18446744073709551615");
    return {
      zero: BigInt(0),
      supported: true,
      parse(value) {
        const bi = typeof value == "bigint" ? value : BigInt(value);
        if (bi > MAX || bi < MIN) {
          throw new Error(`invalid int64: ${value}`);
        }
        return bi;
      },
      uParse(value) {
        const bi = typeof value == "bigint" ? value : BigInt(value);
        if (bi > UMAX || bi < UMIN) {
          throw new Error(`invalid uint64: ${value}`);
        }
        return bi;
      },
      enc(value) {
        dv.setBigInt64(0, this.parse(value), true);
        return {
          lo: dv.getInt32(0, true),
          hi: dv.getInt32(4, true)
        };
      },
      uEnc(value) {
        dv.setBigInt64(0, this.uParse(value), true);
        return {
          lo: dv.getInt32(0, true),
          hi: dv.getInt32(4, true)
        };
      },
      dec(lo, hi) {
        dv.setInt32(0, lo, true);
        dv.setInt32(4, hi, true);
        return dv.getBigInt64(0, true);
      },
      uDec(lo, hi) {
        dv.setInt32(0, lo, true);
        dv.setInt32(4, hi, true);
        return dv.getBigUint64(0, true);
      }
    };
  }
  return {
    zero: "0",
    supported: false,
    parse(value) {
      if (typeof value != "string") {
        value = value.toString();
      }
      assertInt64String(value);
      return value;
    },
    uParse(value) {
      if (typeof value != "string") {
        value = value.toString();
      }
      assertUInt64String(value);
      return value;
    },
    enc(value) {
      if (typeof value != "string") {
        value = value.toString();
      }
      assertInt64String(value);
      return int64FromString(value);
    },
    uEnc(value) {
      if (typeof value != "string") {
        value = value.toString();
      }
      assertUInt64String(value);
      return int64FromString(value);
    },
    dec(lo, hi) {
      return int64ToString(lo, hi);
    },
    uDec(lo, hi) {
      return uInt64ToString(lo, hi);
    }
  };
}
function assertInt64String(value) {
  if (!/^-?[0-9]+$/.test(value)) {
    throw new Error("invalid int64: " + value);
  }
}
function assertUInt64String(value) {
  if (!/^[0-9]+$/.test(value)) {
    throw new Error("invalid uint64: " + value);
  }
}

// node_modules/@bufbuild/protobuf/dist/esm/reflect/scalar.js
function scalarZeroValue(type, longAsString) {
  switch (type) {
    case ScalarType.STRING:
      return "";
    case ScalarType.BOOL:
      return false;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return 0;
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SFIXED64:
    case ScalarType.FIXED64:
    case ScalarType.SINT64:
      return longAsString ? "0" : protoInt64.zero;
    case ScalarType.BYTES:
      return new Uint8Array(0);
    default:
      return 0;
  }
}
function isScalarZeroValue(type, value) {
  switch (type) {
    case ScalarType.BOOL:
      return value === false;
    case ScalarType.STRING:
      return value === "";
    case ScalarType.BYTES:
      return value instanceof Uint8Array && !value.byteLength;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return Object.is(value, 0);
    default:
      return value == 0;
  }
}

// node_modules/@bufbuild/protobuf/dist/esm/reflect/unsafe.js
var IMPLICIT = 2;
var unsafeLocal = /* @__PURE__ */ Symbol.for("reflect unsafe local");
function unsafeOneofCase(target, oneof) {
  const c = target[oneof.localName].case;
  if (c === void 0) {
    return c;
  }
  return oneof.fields.find((f) => f.localName === c);
}
function unsafeIsSet(target, field) {
  const name = field.localName;
  if (field.oneof) {
    return target[field.oneof.localName].case === name;
  }
  if (field.presence != IMPLICIT) {
    return target[name] !== void 0 && Object.prototype.hasOwnProperty.call(target, name);
  }
  switch (field.fieldKind) {
    case "list":
      return target[name].length > 0;
    case "map":
      return Object.keys(target[name]).length > 0;
    case "scalar":
      return !isScalarZeroValue(field.scalar, target[name]);
    case "enum":
      return target[name] !== field.enum.values[0].number;
  }
  throw new Error("message field with implicit presence");
}
function unsafeIsSetExplicit(target, localName) {
  return Object.prototype.hasOwnProperty.call(target, localName) && target[localName] !== void 0;
}
function unsafeGet(target, field) {
  if (field.oneof) {
    const oneof = target[field.oneof.localName];
    if (oneof.case === field.localName) {
      return oneof.value;
    }
    return void 0;
  }
  return target[field.localName];
}
function unsafeSet(target, field, value) {
  if (field.oneof) {
    target[field.oneof.localName] = {
      case: field.localName,
      value
    };
  } else {
    target[field.localName] = value;
  }
}
function setOwn(obj, key, value) {
  if (key === "__proto__") {
    Object.defineProperty(obj, "__proto__", {
      value,
      writable: true,
      enumerable: true,
      configurable: true
    });
  } else {
    obj[key] = value;
  }
}
function getOwn(obj, key) {
  return Object.prototype.hasOwnProperty.call(obj, key) ? obj[key] : void 0;
}
function unsafeClear(target, field) {
  const name = field.localName;
  if (field.oneof) {
    const oneofLocalName = field.oneof.localName;
    if (target[oneofLocalName].case === name) {
      target[oneofLocalName] = { case: void 0 };
    }
  } else if (field.presence != IMPLICIT) {
    delete target[name];
  } else {
    switch (field.fieldKind) {
      case "map":
        target[name] = {};
        break;
      case "list":
        target[name] = [];
        break;
      case "enum":
        target[name] = field.enum.values[0].number;
        break;
      case "scalar":
        target[name] = scalarZeroValue(field.scalar, field.longAsString);
        break;
    }
  }
}

// node_modules/@bufbuild/protobuf/dist/esm/reflect/guard.js
function isObject(arg) {
  return arg !== null && typeof arg == "object" && !Array.isArray(arg);
}
function isReflectList(arg, field) {
  var _a, _b, _c, _d;
  if (isObject(arg) && unsafeLocal in arg && "add" in arg && "field" in arg && typeof arg.field == "function") {
    if (field !== void 0) {
      const a = field;
      const b = arg.field();
      return a.listKind == b.listKind && a.scalar === b.scalar && ((_a = a.message) === null || _a === void 0 ? void 0 : _a.typeName) === ((_b = b.message) === null || _b === void 0 ? void 0 : _b.typeName) && ((_c = a.enum) === null || _c === void 0 ? void 0 : _c.typeName) === ((_d = b.enum) === null || _d === void 0 ? void 0 : _d.typeName);
    }
    return true;
  }
  return false;
}
function isReflectMap(arg, field) {
  var _a, _b, _c, _d;
  if (isObject(arg) && unsafeLocal in arg && "has" in arg && "field" in arg && typeof arg.field == "function") {
    if (field !== void 0) {
      const a = field, b = arg.field();
      return a.mapKey === b.mapKey && a.mapKind == b.mapKind && a.scalar === b.scalar && ((_a = a.message) === null || _a === void 0 ? void 0 : _a.typeName) === ((_b = b.message) === null || _b === void 0 ? void 0 : _b.typeName) && ((_c = a.enum) === null || _c === void 0 ? void 0 : _c.typeName) === ((_d = b.enum) === null || _d === void 0 ? void 0 : _d.typeName);
    }
    return true;
  }
  return false;
}
function isReflectMessage(arg, messageDesc2) {
  return isObject(arg) && unsafeLocal in arg && "desc" in arg && isObject(arg.desc) && arg.desc.kind === "message" && (messageDesc2 === void 0 || arg.desc.typeName == messageDesc2.typeName);
}

// node_modules/@bufbuild/protobuf/dist/esm/wkt/wrappers.js
function isWrapper(arg) {
  return isWrapperTypeName(arg.$typeName);
}
function isWrapperDesc(messageDesc2) {
  const f = messageDesc2.fields[0];
  return isWrapperTypeName(messageDesc2.typeName) && f !== void 0 && f.fieldKind == "scalar" && f.name == "value" && f.number == 1;
}
var wrapperTypeNames = /* @__PURE__ */ new Set([
  "google.protobuf.DoubleValue",
  "google.protobuf.FloatValue",
  "google.protobuf.Int64Value",
  "google.protobuf.UInt64Value",
  "google.protobuf.Int32Value",
  "google.protobuf.UInt32Value",
  "google.protobuf.BoolValue",
  "google.protobuf.StringValue",
  "google.protobuf.BytesValue"
]);
function isWrapperTypeName(name) {
  return wrapperTypeNames.has(name);
}

// node_modules/@bufbuild/protobuf/dist/esm/create.js
var EDITION_PROTO3 = 999;
var EDITION_PROTO2 = 998;
var IMPLICIT2 = 2;
function create(schema, init) {
  if (isMessage(init, schema)) {
    return init;
  }
  return compiledCreate(schema)(init);
}
var compiledCreates = /* @__PURE__ */ new WeakMap();
function compiledCreate(desc) {
  let compiled = compiledCreates.get(desc);
  if (compiled === void 0) {
    compiled = compileCreate(desc);
    compiledCreates.set(desc, compiled);
  }
  return compiled;
}
var INIT_SINGULAR = 0;
var INIT_LIST = 1;
var INIT_MAP = 2;
var INIT_ONEOF = 3;
function compileCreate(desc) {
  const typeName = desc.typeName;
  const { properties, prototype } = compileInitMessage(desc);
  return (init) => {
    let message;
    if (prototype !== void 0) {
      message = Object.create(prototype);
      message.$typeName = typeName;
    } else {
      message = { $typeName: typeName };
    }
    for (let i = 0; i < properties.length; i++) {
      const property = properties[i];
      const name = property.name;
      const initValue = init === null || init === void 0 ? void 0 : init[name];
      switch (property.kind) {
        case INIT_SINGULAR:
          if (initValue != null) {
            message[name] = property.convert !== void 0 ? property.convert(initValue) : initValue;
          } else if (property.constant !== void 0) {
            message[name] = property.constant;
          }
          break;
        case INIT_LIST:
          message[name] = property.convert !== void 0 && Array.isArray(initValue) ? initValue.map(property.convert) : initValue !== null && initValue !== void 0 ? initValue : [];
          break;
        case INIT_MAP:
          if (property.convert === void 0 || !isObject(initValue)) {
            message[name] = initValue !== null && initValue !== void 0 ? initValue : {};
          } else {
            const converted = {};
            const keys = Object.keys(initValue);
            for (let k = 0; k < keys.length; k++) {
              setOwn(converted, keys[k], property.convert(initValue[keys[k]]));
            }
            message[name] = converted;
          }
          break;
        case INIT_ONEOF: {
          const oneofValue = initValue;
          if ((oneofValue === null || oneofValue === void 0 ? void 0 : oneofValue.case) != null) {
            const convert = property.convert.get(oneofValue.case);
            if (convert !== void 0) {
              message[name] = {
                case: oneofValue.case,
                value: convert(oneofValue.value)
              };
              break;
            }
          }
          message[name] = { case: void 0 };
          break;
        }
      }
    }
    return message;
  };
}
function compileInitMessage(desc) {
  var _a, _b;
  const properties = [];
  const prototype = {};
  const usePrototype = needsPrototypeChain(desc);
  for (const member of desc.members) {
    const name = member.localName;
    if (member.kind == "oneof") {
      properties.push({
        name,
        kind: INIT_ONEOF,
        constant: void 0,
        convert: compileConvertOneof(member)
      });
      continue;
    }
    switch (member.fieldKind) {
      case "message": {
        properties.push({
          name,
          kind: INIT_SINGULAR,
          constant: void 0,
          convert: compileConvertMessage(member)
        });
        break;
      }
      case "list": {
        properties.push({
          name,
          kind: INIT_LIST,
          constant: void 0,
          convert: member.listKind == "message" ? (_a = compileConvertMessage(member)) !== null && _a !== void 0 ? _a : ((value) => value) : member.scalar == ScalarType.BYTES ? toU8Arr : void 0
        });
        break;
      }
      case "map": {
        properties.push({
          name,
          kind: INIT_MAP,
          constant: void 0,
          convert: member.mapKind == "message" ? (_b = compileConvertMessage(member)) !== null && _b !== void 0 ? _b : ((value) => value) : member.scalar == ScalarType.BYTES ? toU8Arr : void 0
        });
        break;
      }
      default: {
        const zeroValue = createZeroValue(member);
        properties.push({
          name,
          kind: INIT_SINGULAR,
          constant: member.presence == IMPLICIT2 ? zeroValue : void 0,
          convert: member.fieldKind == "scalar" && member.scalar == ScalarType.BYTES ? toU8Arr : void 0
        });
        if (usePrototype) {
          prototype[name] = zeroValue;
        }
        break;
      }
    }
  }
  return {
    properties,
    prototype: usePrototype ? prototype : void 0
  };
}
function compileConvertOneof(oneof) {
  const converters = /* @__PURE__ */ new Map();
  for (const field of oneof.fields) {
    let convert;
    if (field.fieldKind == "message") {
      convert = compileConvertMessage(field);
    } else if (field.fieldKind == "scalar" && field.scalar == ScalarType.BYTES) {
      convert = toU8Arr;
    }
    converters.set(field.localName, convert !== null && convert !== void 0 ? convert : ((value) => value));
  }
  return converters;
}
function compileConvertMessage(field) {
  if (field.fieldKind == "message" && !field.oneof && isWrapperDesc(field.message)) {
    return field.message.fields[0].scalar == ScalarType.BYTES ? toU8Arr : void 0;
  }
  if (field.message.typeName == "google.protobuf.Struct" && field.parent.typeName !== "google.protobuf.Value") {
    return void 0;
  }
  const messageDesc2 = field.message;
  let compiled;
  return (value) => {
    if (!isObject(value) || isMessage(value, messageDesc2)) {
      return value;
    }
    compiled !== null && compiled !== void 0 ? compiled : compiled = compiledCreate(messageDesc2);
    return compiled(value);
  };
}
function toU8Arr(value) {
  return Array.isArray(value) ? new Uint8Array(value) : value;
}
function needsPrototypeChain(desc) {
  switch (desc.file.edition) {
    case EDITION_PROTO3:
      return false;
    case EDITION_PROTO2:
      return true;
    default:
      return desc.fields.some((f) => f.presence != IMPLICIT2 && f.fieldKind != "message" && !f.oneof);
  }
}
function createZeroValue(field) {
  const defaultValue = field.getDefaultValue();
  if (defaultValue !== void 0) {
    return field.fieldKind == "scalar" && field.longAsString ? defaultValue.toString() : defaultValue;
  }
  return field.fieldKind == "scalar" ? scalarZeroValue(field.scalar, field.longAsString) : field.enum.values[0].number;
}

// node_modules/@bufbuild/protobuf/dist/esm/reflect/error.js
var FieldError = class extends Error {
  constructor(fieldOrOneof, message, name = "FieldValueInvalidError") {
    super(message);
    this.name = name;
    this.field = () => fieldOrOneof;
  }
};

// node_modules/@bufbuild/protobuf/dist/esm/wire/text-encoding.js
var te;
function configureTextEncoding(textEncoding) {
  var _a;
  te = Object.assign(Object.assign({}, textEncoding), { encodeUtf8Into: (_a = textEncoding.encodeUtf8Into) !== null && _a !== void 0 ? _a : emulateEncodeInto(textEncoding.encodeUtf8.bind(textEncoding)) });
}
function getTextEncoding() {
  if (!te) {
    const globals = globalThis;
    if (!globals.TextEncoder || !globals.TextDecoder) {
      throw new Error("encoding API missing: install TextEncoder and TextDecoder on globalThis");
    }
    const textEncoder = new globals.TextEncoder();
    const textDecoder = new globals.TextDecoder("utf-8", {
      ignoreBOM: true
    });
    let textDecoderStrict;
    const config = {
      encodeUtf8(text2) {
        return textEncoder.encode(text2);
      },
      decodeUtf8(bytes, strict2) {
        if (strict2) {
          if (!textDecoderStrict) {
            textDecoderStrict = new globals.TextDecoder("utf-8", {
              fatal: true,
              ignoreBOM: true
            });
          }
          return textDecoderStrict.decode(bytes);
        }
        return textDecoder.decode(bytes);
      },
      checkUtf8(text2) {
        try {
          encodeURIComponent(text2);
          return true;
        } catch (_) {
          return false;
        }
      }
    };
    if (textEncoder.encodeInto) {
      config.encodeUtf8Into = textEncoder.encodeInto.bind(textEncoder);
    }
    const nativeStringIsWellFormed = String.prototype.isWellFormed;
    if (nativeStringIsWellFormed) {
      config.checkUtf8 = (text2) => {
        return nativeStringIsWellFormed.call(text2);
      };
    }
    configureTextEncoding(config);
  }
  return te;
}
function emulateEncodeInto(encodeUtf8) {
  return (text2, dest) => {
    const bytes = encodeUtf8(text2);
    dest.set(bytes);
    return { written: bytes.byteLength };
  };
}

// node_modules/@bufbuild/protobuf/dist/esm/wire/binary-encoding.js
var WireType;
(function(WireType2) {
  WireType2[WireType2["Varint"] = 0] = "Varint";
  WireType2[WireType2["Bit64"] = 1] = "Bit64";
  WireType2[WireType2["LengthDelimited"] = 2] = "LengthDelimited";
  WireType2[WireType2["StartGroup"] = 3] = "StartGroup";
  WireType2[WireType2["EndGroup"] = 4] = "EndGroup";
  WireType2[WireType2["Bit32"] = 5] = "Bit32";
})(WireType || (WireType = {}));
var UINT32_MAX = 4294967295;
var INT32_MAX = 2147483647;
var INT32_MIN = -2147483648;
var BinaryWriter = class {
  constructor(encodeUtf8) {
    this.stackPos = [];
    this.encodeUtf8Into = encodeUtf8 ? emulateEncodeInto(encodeUtf8) : getTextEncoding().encodeUtf8Into;
    this.buffer = EMPTY_BUFFER;
    this.viewCache = EMPTY_VIEW;
    this.pos = 0;
  }
  ensureCapacity(size) {
    const required = this.pos + size;
    if (required > this.buffer.length) {
      let newLen = this.buffer.length || INITIAL_SIZE;
      while (newLen < required)
        newLen *= 2;
      const newBuf = new Uint8Array(newLen);
      if (this.pos > 0)
        newBuf.set(this.buffer);
      this.buffer = newBuf;
    }
  }
  /**
   * The DataView over `buffer`, rebuilt only if the buffer has grown since it
   * was last used.
   */
  view() {
    const bytes = this.buffer;
    const view = this.viewCache;
    if (view.byteLength === bytes.byteLength)
      return view;
    const newView = new DataView(bytes.buffer);
    this.viewCache = newView;
    return newView;
  }
  /**
   * Return all bytes written and reset this writer.
   */
  finish() {
    const result = this.buffer.slice(0, this.pos);
    this.pos = 0;
    this.stackPos = [];
    return result;
  }
  /**
   * Start a new fork for length-delimited data like a message
   * or a packed repeated field.
   *
   * Must be joined later with `join()`.
   */
  fork() {
    this.stackPos.push(this.pos);
    this.ensureCapacity(DEFAULT_LEN_PREFIX_SIZE);
    this.buffer[this.pos++] = 0;
    return this;
  }
  /**
   * Join the last fork. Write its length and bytes, then
   * return to the previous state.
   */
  join() {
    const forkPos = this.stackPos.pop();
    if (forkPos === void 0)
      throw new Error("invalid state, fork stack empty");
    const len = this.pos - forkPos - DEFAULT_LEN_PREFIX_SIZE;
    const lenPrefixSize = varint32Size(len);
    if (lenPrefixSize > DEFAULT_LEN_PREFIX_SIZE) {
      this.ensureCapacity(lenPrefixSize - DEFAULT_LEN_PREFIX_SIZE);
      this.buffer.copyWithin(forkPos + lenPrefixSize, forkPos + DEFAULT_LEN_PREFIX_SIZE, this.pos);
    }
    this.pos = forkPos;
    this.uint32(len);
    this.pos += len;
    return this;
  }
  /**
   * Writes a tag (field number and wire type).
   *
   * Equivalent to `uint32( (fieldNo << 3 | type) >>> 0 )`.
   *
   * Generated code should compute the tag ahead of time and call `uint32()`.
   */
  tag(fieldNo, type) {
    return this.uint32((fieldNo << 3 | type) >>> 0);
  }
  /**
   * Write a chunk of raw bytes.
   */
  raw(chunk) {
    this.ensureCapacity(chunk.length);
    this.buffer.set(chunk, this.pos);
    this.pos += chunk.length;
    return this;
  }
  /**
   * Write a `uint32` value, an unsigned 32 bit varint.
   */
  uint32(value) {
    assertUInt32(value);
    this.ensureCapacity(5);
    if (value < 128) {
      this.buffer[this.pos++] = value;
      return this;
    }
    while (value > 127) {
      this.buffer[this.pos++] = value & 127 | 128;
      value >>>= 7;
    }
    this.buffer[this.pos++] = value;
    return this;
  }
  /**
   * Write a `int32` value, a signed 32 bit varint.
   */
  int32(value) {
    assertInt32(value);
    if (value >= 0) {
      return this.uint32(value);
    }
    this.ensureCapacity(10);
    for (let i = 0; i < 9; i++) {
      this.buffer[this.pos++] = value & 127 | 128;
      value >>= 7;
    }
    this.buffer[this.pos++] = 1;
    return this;
  }
  /**
   * Write a `bool` value, a varint.
   */
  bool(value) {
    this.ensureCapacity(1);
    this.buffer[this.pos++] = value ? 1 : 0;
    return this;
  }
  /**
   * Write a `bytes` value, length-delimited arbitrary data.
   */
  bytes(value) {
    this.uint32(value.byteLength);
    return this.raw(value);
  }
  /**
   * Write a `string` value, length-delimited data converted to UTF-8 text.
   */
  string(value) {
    if (typeof value !== "string") {
      value = String(value);
    }
    const len = value.length;
    if (len <= ASCII_MAX_LENGTH) {
      this.ensureCapacity(len + 1);
      const ascii = this.buffer;
      let pos = this.pos;
      ascii[pos++] = len;
      let i = 0;
      for (; i < len; i++) {
        const code = value.charCodeAt(i);
        if (code > 127)
          break;
        ascii[pos++] = code;
      }
      if (i == len) {
        this.pos = pos;
        return this;
      }
    }
    this.ensureCapacity(len * 3 + 5);
    const lenPrefixSizeGuess = varint32Size(len);
    const buf = this.buffer;
    const start = this.pos;
    const { written } = this.encodeUtf8Into(value, buf.subarray(start + lenPrefixSizeGuess));
    const lenPrefixSize = varint32Size(written);
    if (lenPrefixSize != lenPrefixSizeGuess) {
      buf.copyWithin(start + lenPrefixSize, start + lenPrefixSizeGuess, start + lenPrefixSizeGuess + written);
    }
    this.uint32(written);
    this.pos += written;
    return this;
  }
  /**
   * Write a `float` value, 32-bit floating point number.
   */
  float(value) {
    assertFloat32(value);
    this.ensureCapacity(4);
    this.view().setFloat32(this.pos, value, true);
    this.pos += 4;
    return this;
  }
  /**
   * Write a `double` value, a 64-bit floating point number.
   */
  double(value) {
    this.ensureCapacity(8);
    this.view().setFloat64(this.pos, value, true);
    this.pos += 8;
    return this;
  }
  /**
   * Write a `fixed32` value, an unsigned, fixed-length 32-bit integer.
   */
  fixed32(value) {
    assertUInt32(value);
    this.ensureCapacity(4);
    this.view().setUint32(this.pos, value, true);
    this.pos += 4;
    return this;
  }
  /**
   * Write a `sfixed32` value, a signed, fixed-length 32-bit integer.
   */
  sfixed32(value) {
    assertInt32(value);
    this.ensureCapacity(4);
    this.view().setInt32(this.pos, value, true);
    this.pos += 4;
    return this;
  }
  /**
   * Write a `sint32` value, a signed, zigzag-encoded 32-bit varint.
   */
  sint32(value) {
    assertInt32(value);
    return this.uint32((value << 1 ^ value >> 31) >>> 0);
  }
  /**
   * Write a `sfixed64` value, a signed, fixed-length 64-bit integer.
   */
  sfixed64(value) {
    const tc = protoInt64.enc(value);
    this.ensureCapacity(8);
    const view = this.view();
    view.setInt32(this.pos, tc.lo, true);
    view.setInt32(this.pos + 4, tc.hi, true);
    this.pos += 8;
    return this;
  }
  /**
   * Write a `fixed64` value, an unsigned, fixed-length 64 bit integer.
   */
  fixed64(value) {
    const tc = protoInt64.uEnc(value);
    this.ensureCapacity(8);
    const view = this.view();
    view.setInt32(this.pos, tc.lo, true);
    view.setInt32(this.pos + 4, tc.hi, true);
    this.pos += 8;
    return this;
  }
  /**
   * Write a `int64` value, a signed 64-bit varint.
   */
  int64(value) {
    const tc = protoInt64.enc(value);
    return this.writeVarint64(tc.lo, tc.hi);
  }
  /**
   * Write a `sint64` value, a signed, zig-zag-encoded 64-bit varint.
   */
  sint64(value) {
    const tc = protoInt64.enc(value), sign = tc.hi >> 31, lo = tc.lo << 1 ^ sign, hi = (tc.hi << 1 | tc.lo >>> 31) ^ sign;
    return this.writeVarint64(lo, hi);
  }
  /**
   * Write a `uint64` value, an unsigned 64-bit varint.
   */
  uint64(value) {
    const tc = protoInt64.uEnc(value);
    return this.writeVarint64(tc.lo, tc.hi);
  }
  /**
   * Write a 64-bit varint directly into the buffer. Accepts the value as
   * split low/high 32-bit words.
   *
   * Ported from varint64write() to avoid the intermediate number[] buffer.
   * See https://github.com/protocolbuffers/protobuf/blob/8a71927d74a4ce34efe2d8769fda198f52d20d12/js/experimental/runtime/kernel/writer.js#L344
   */
  writeVarint64(lo, hi) {
    this.ensureCapacity(10);
    const buf = this.buffer;
    let pos = this.pos;
    for (let i = 0; i < 28; i = i + 7) {
      const shift = lo >>> i;
      const hasNext = !(shift >>> 7 == 0 && hi == 0);
      buf[pos++] = (hasNext ? shift | 128 : shift) & 255;
      if (!hasNext) {
        this.pos = pos;
        return this;
      }
    }
    const splitBits = lo >>> 28 & 15 | (hi & 7) << 4;
    const hasMoreBits = !(hi >> 3 == 0);
    buf[pos++] = (hasMoreBits ? splitBits | 128 : splitBits) & 255;
    if (!hasMoreBits) {
      this.pos = pos;
      return this;
    }
    for (let i = 3; i < 31; i = i + 7) {
      const shift = hi >>> i;
      const hasNext = !(shift >>> 7 == 0);
      buf[pos++] = (hasNext ? shift | 128 : shift) & 255;
      if (!hasNext) {
        this.pos = pos;
        return this;
      }
    }
    buf[pos++] = hi >>> 31 & 1;
    this.pos = pos;
    return this;
  }
};
var INITIAL_SIZE = 128;
var DEFAULT_LEN_PREFIX_SIZE = 1;
var EMPTY_BUFFER = new Uint8Array(0);
var EMPTY_VIEW = new DataView(EMPTY_BUFFER.buffer);
var ASCII_MAX_LENGTH = 32;
function varint32Size(value) {
  if (value < 128)
    return 1;
  if (value < 16384)
    return 2;
  if (value < 2097152)
    return 3;
  if (value < 268435456)
    return 4;
  return 5;
}
var BinaryReader = class {
  constructor(buf, decodeUtf8 = getTextEncoding().decodeUtf8) {
    this.decodeUtf8 = decodeUtf8;
    this.varint64Lo = 0;
    this.varint64Hi = 0;
    this.varint64 = varint64read;
    this.uint32 = varint32read;
    this.buf = buf;
    this.len = buf.length;
    this.pos = 0;
    this.view = new DataView(buf.buffer, buf.byteOffset, buf.byteLength);
  }
  /**
   * Reads a tag - field number and wire type. Tags are uint32 varints; values
   * that do not fit in uint32 are rejected.
   */
  tag() {
    const start = this.pos;
    const tag = this.uint32();
    const bytesRead = this.pos - start;
    if (bytesRead > 5 || bytesRead == 5 && this.buf[this.pos - 1] > 15) {
      throw new Error("illegal tag: varint overflows uint32");
    }
    const fieldNo = tag >>> 3;
    const wireType = tag & 7;
    if (fieldNo <= 0 || wireType > 5) {
      throw new Error("illegal tag: field no " + fieldNo + " wire type " + wireType);
    }
    return [fieldNo, wireType];
  }
  /**
   * Skip one element and return the skipped data.
   *
   * When skipping StartGroup, provide the tags field number to check for
   * matching field number in the EndGroup tag. Recursion into nested groups
   * is guarded by the `recursionLimit` argument: When the limit is reached,
   * this method throws.
   */
  skip(wireType, fieldNo, recursionLimit = 100) {
    let start = this.pos;
    switch (wireType) {
      case WireType.Varint:
        while (this.buf[this.pos++] & 128) {
        }
        break;
      // @ts-ignore TS7029: Fallthrough case in switch -- ignore instead of expect-error for compiler settings without noFallthroughCasesInSwitch: true
      case WireType.Bit64:
        this.pos += 4;
      case WireType.Bit32:
        this.pos += 4;
        break;
      case WireType.LengthDelimited:
        let len = this.uint32();
        this.pos += len;
        break;
      case WireType.StartGroup:
        if (recursionLimit <= 0) {
          throw new Error("maximum recursion depth reached");
        }
        for (; ; ) {
          const [fn, wt] = this.tag();
          if (wt === WireType.EndGroup) {
            if (fieldNo !== void 0 && fn !== fieldNo) {
              throw new Error("invalid end group tag");
            }
            break;
          }
          this.skip(wt, fn, recursionLimit - 1);
        }
        break;
      default:
        throw new Error("cant skip wire type " + wireType);
    }
    this.assertBounds();
    return this.buf.subarray(start, this.pos);
  }
  /**
   * Throws error if position in byte array is out of range.
   */
  assertBounds() {
    if (this.pos > this.len)
      throw new RangeError("premature EOF");
  }
  /**
   * Read a `int32` field, a signed 32 bit varint.
   */
  int32() {
    return this.uint32() | 0;
  }
  /**
   * Read a `sint32` field, a signed, zigzag-encoded 32-bit varint.
   */
  sint32() {
    let zze = this.uint32();
    return zze >>> 1 ^ -(zze & 1);
  }
  /**
   * Read a `int64` field, a signed 64-bit varint.
   */
  int64() {
    this.varint64();
    return protoInt64.dec(this.varint64Lo, this.varint64Hi);
  }
  /**
   * Read a `uint64` field, an unsigned 64-bit varint.
   */
  uint64() {
    this.varint64();
    return protoInt64.uDec(this.varint64Lo, this.varint64Hi);
  }
  /**
   * Read a `sint64` field, a signed, zig-zag-encoded 64-bit varint.
   */
  sint64() {
    this.varint64();
    let lo = this.varint64Lo;
    let hi = this.varint64Hi;
    let s = -(lo & 1);
    lo = (lo >>> 1 | (hi & 1) << 31) ^ s;
    hi = hi >>> 1 ^ s;
    return protoInt64.dec(lo, hi);
  }
  /**
   * Read a `bool` field, a variant.
   */
  bool() {
    const b = this.buf[this.pos];
    if (b < 128) {
      this.pos++;
      return b !== 0;
    }
    this.varint64();
    return this.varint64Lo !== 0 || this.varint64Hi !== 0;
  }
  /**
   * Read a `fixed32` field, an unsigned, fixed-length 32-bit integer.
   */
  fixed32() {
    return this.view.getUint32((this.pos += 4) - 4, true);
  }
  /**
   * Read a `sfixed32` field, a signed, fixed-length 32-bit integer.
   */
  sfixed32() {
    return this.view.getInt32((this.pos += 4) - 4, true);
  }
  /**
   * Read a `fixed64` field, an unsigned, fixed-length 64 bit integer.
   */
  fixed64() {
    return protoInt64.uDec(this.sfixed32(), this.sfixed32());
  }
  /**
   * Read a `fixed64` field, a signed, fixed-length 64-bit integer.
   */
  sfixed64() {
    return protoInt64.dec(this.sfixed32(), this.sfixed32());
  }
  /**
   * Read a `float` field, 32-bit floating point number.
   */
  float() {
    return this.view.getFloat32((this.pos += 4) - 4, true);
  }
  /**
   * Read a `double` field, a 64-bit floating point number.
   */
  double() {
    return this.view.getFloat64((this.pos += 8) - 8, true);
  }
  /**
   * Read a `bytes` field, length-delimited arbitrary data.
   */
  bytes() {
    let len = this.uint32(), start = this.pos;
    this.pos += len;
    this.assertBounds();
    return this.buf.subarray(start, start + len);
  }
  /**
   * Read a `string` field, length-delimited data converted to UTF-8 text. If
   * `strict` is true, throw on invalid UTF-8 instead of substituting U+FFFD.
   */
  string(strict2) {
    const len = this.uint32();
    const start = this.pos;
    this.pos += len;
    this.assertBounds();
    const buf = this.buf;
    if (len <= ASCII_MAX_LENGTH) {
      const codes = new Array(len);
      for (let i = 0; i < len; i++) {
        const byte = buf[start + i];
        if (byte > 127) {
          return this.decodeUtf8(buf.subarray(start, this.pos), strict2);
        }
        codes[i] = byte;
      }
      return String.fromCharCode.apply(String, codes);
    }
    return this.decodeUtf8(buf.subarray(start, this.pos), strict2);
  }
};
function assertInt32(arg) {
  if (typeof arg == "string") {
    arg = Number(arg);
  } else if (typeof arg != "number") {
    throw new Error("invalid int32: " + typeof arg);
  }
  if (!Number.isInteger(arg) || arg > INT32_MAX || arg < INT32_MIN)
    throw new Error("invalid int32: " + arg);
}
function assertUInt32(arg) {
  if (typeof arg == "string") {
    arg = Number(arg);
  } else if (typeof arg != "number") {
    throw new Error("invalid uint32: " + typeof arg);
  }
  if (!Number.isInteger(arg) || arg > UINT32_MAX || arg < 0)
    throw new Error("invalid uint32: " + arg);
}
function assertFloat32(arg) {
  if (typeof arg == "string") {
    const o = arg;
    arg = Number(arg);
    if (Number.isNaN(arg) && o !== "NaN") {
      throw new Error("invalid float32: " + o);
    }
  } else if (typeof arg != "number") {
    throw new Error("invalid float32: " + typeof arg);
  }
  if (!Number.isFinite(Math.fround(arg)) && Number.isFinite(arg)) {
    throw new Error("invalid float32: " + arg);
  }
}

// node_modules/@bufbuild/protobuf/dist/esm/reflect/reflect-check.js
function checkField(field, value) {
  const check = field.fieldKind == "list" ? isReflectList(value, field) : field.fieldKind == "map" ? isReflectMap(value, field) : checkSingular(field, value);
  if (check === true) {
    return void 0;
  }
  let reason;
  switch (field.fieldKind) {
    case "list":
      reason = `expected ${formatReflectList(field)}, got ${formatVal(value)}`;
      break;
    case "map":
      reason = `expected ${formatReflectMap(field)}, got ${formatVal(value)}`;
      break;
    default: {
      reason = reasonSingular(field, value, check);
    }
  }
  return new FieldError(field, reason);
}
function checkListItem(field, index, value) {
  const check = checkSingular(field, value);
  if (check !== true) {
    return new FieldError(field, `list item #${index + 1}: ${reasonSingular(field, value, check)}`);
  }
  return void 0;
}
function checkMapEntry(field, key, value) {
  const checkKey = checkScalarValue(field.mapKey)(key);
  if (checkKey !== true) {
    return new FieldError(field, `invalid map key: ${reasonSingular({ scalar: field.mapKey }, key, checkKey)}`);
  }
  const checkVal = checkSingular(field, value);
  if (checkVal !== true) {
    return new FieldError(field, `map entry ${formatVal(key)}: ${reasonSingular(field, value, checkVal)}`);
  }
  return void 0;
}
function checkSingular(field, value) {
  if (field.scalar !== void 0) {
    return checkScalarValue(field.scalar)(value);
  }
  if (field.enum !== void 0) {
    if (field.enum.open) {
      return checkScalarValue(ScalarType.INT32)(value);
    }
    return field.enum.values.some((v) => v.number === value);
  }
  return isReflectMessage(value, field.message);
}
function checkScalarValue(scalar) {
  switch (scalar) {
    case ScalarType.DOUBLE:
      return (value) => typeof value == "number";
    case ScalarType.FLOAT:
      return (value) => {
        if (typeof value != "number") {
          return false;
        }
        if (!Number.isFinite(Math.fround(value)) && Number.isFinite(value)) {
          return `${value.toFixed()} out of range`;
        }
        return true;
      };
    case ScalarType.INT32:
    case ScalarType.SFIXED32:
    case ScalarType.SINT32:
      return (value) => {
        if (typeof value !== "number" || !Number.isInteger(value)) {
          return false;
        }
        if (value > INT32_MAX || value < INT32_MIN) {
          return `${value.toFixed()} out of range`;
        }
        return true;
      };
    case ScalarType.FIXED32:
    case ScalarType.UINT32:
      return (value) => {
        if (typeof value !== "number" || !Number.isInteger(value)) {
          return false;
        }
        if (value > UINT32_MAX || value < 0) {
          return `${value.toFixed()} out of range`;
        }
        return true;
      };
    case ScalarType.BOOL:
      return (value) => typeof value == "boolean";
    case ScalarType.STRING:
      return (value) => {
        if (typeof value != "string") {
          return false;
        }
        return getTextEncoding().checkUtf8(value) || "invalid UTF8";
      };
    case ScalarType.BYTES:
      return (value) => value instanceof Uint8Array;
    case ScalarType.INT64:
    case ScalarType.SFIXED64:
    case ScalarType.SINT64:
      return (value) => {
        if (typeof value == "bigint" || typeof value == "number" || typeof value == "string" && value.length > 0) {
          try {
            protoInt64.parse(value);
            return true;
          } catch (_) {
            return `${value} out of range`;
          }
        }
        return false;
      };
    case ScalarType.FIXED64:
    case ScalarType.UINT64:
      return (value) => {
        if (typeof value == "bigint" || typeof value == "number" || typeof value == "string" && value.length > 0) {
          try {
            protoInt64.uParse(value);
            return true;
          } catch (_) {
            return `${value} out of range`;
          }
        }
        return false;
      };
  }
}
function reasonSingular(field, val, details) {
  details = typeof details == "string" ? `: ${details}` : `, got ${formatVal(val)}`;
  if (field.scalar !== void 0) {
    return `expected ${scalarTypeDescription(field.scalar)}` + details;
  }
  if (field.enum !== void 0) {
    return `expected ${field.enum.toString()}` + details;
  }
  return `expected ${formatReflectMessage(field.message)}` + details;
}
function formatVal(val) {
  switch (typeof val) {
    case "object":
      if (val === null) {
        return "null";
      }
      if (val instanceof Uint8Array) {
        return `Uint8Array(${val.length})`;
      }
      if (Array.isArray(val)) {
        return `Array(${val.length})`;
      }
      if (isReflectList(val)) {
        return formatReflectList(val.field());
      }
      if (isReflectMap(val)) {
        return formatReflectMap(val.field());
      }
      if (isReflectMessage(val)) {
        return formatReflectMessage(val.desc);
      }
      if (isMessage(val)) {
        return `message ${val.$typeName}`;
      }
      return "object";
    case "string":
      return val.length > 30 ? "string" : `"${val.split('"').join('\\"')}"`;
    case "boolean":
      return String(val);
    case "number":
      return String(val);
    case "bigint":
      return String(val) + "n";
    default:
      return typeof val;
  }
}
function formatReflectMessage(desc) {
  return `ReflectMessage (${desc.typeName})`;
}
function formatReflectList(field) {
  switch (field.listKind) {
    case "message":
      return `ReflectList (${field.message.toString()})`;
    case "enum":
      return `ReflectList (${field.enum.toString()})`;
    case "scalar":
      return `ReflectList (${ScalarType[field.scalar]})`;
  }
}
function formatReflectMap(field) {
  switch (field.mapKind) {
    case "message":
      return `ReflectMap (${ScalarType[field.mapKey]}, ${field.message.toString()})`;
    case "enum":
      return `ReflectMap (${ScalarType[field.mapKey]}, ${field.enum.toString()})`;
    case "scalar":
      return `ReflectMap (${ScalarType[field.mapKey]}, ${ScalarType[field.scalar]})`;
  }
}
function scalarTypeDescription(scalar) {
  switch (scalar) {
    case ScalarType.STRING:
      return "string";
    case ScalarType.BOOL:
      return "boolean";
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return "bigint (int64)";
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return "bigint (uint64)";
    case ScalarType.BYTES:
      return "Uint8Array";
    case ScalarType.DOUBLE:
      return "number (float64)";
    case ScalarType.FLOAT:
      return "number (float32)";
    case ScalarType.FIXED32:
    case ScalarType.UINT32:
      return "number (uint32)";
    case ScalarType.INT32:
    case ScalarType.SFIXED32:
    case ScalarType.SINT32:
      return "number (int32)";
  }
}

// node_modules/@bufbuild/protobuf/dist/esm/reflect/message.js
var NULL_VALUE = 0;
function localMessageMapper(field) {
  if (usesJsonRepresentation(field)) {
    return {
      toMessage: (local) => wktStructToReflect(local),
      toLocal: (message) => wktStructToLocal(message)
    };
  }
  if (field.fieldKind == "message" && !field.oneof && isWrapperDesc(field.message)) {
    const wrapperDesc = field.message;
    const valueLocalName = wrapperDesc.fields[0].localName;
    return {
      toMessage: (local) => {
        const message = create(wrapperDesc);
        if (local !== void 0) {
          message[valueLocalName] = local;
        }
        return message;
      },
      toLocal: (message) => message[valueLocalName]
    };
  }
  const childDesc = field.message;
  return {
    toMessage: (local) => local === void 0 ? create(childDesc) : local,
    toLocal: (message) => message
  };
}
function usesJsonRepresentation(field) {
  return field.message.typeName == "google.protobuf.Struct" && field.parent.typeName != "google.protobuf.Value";
}
function wktStructToReflect(json) {
  const struct = {
    $typeName: "google.protobuf.Struct",
    fields: {}
  };
  if (isObject(json)) {
    for (const k of Object.keys(json)) {
      setOwn(struct.fields, k, wktValueToReflect(json[k]));
    }
  }
  return struct;
}
function wktStructToLocal(val) {
  const json = {};
  for (const k of Object.keys(val.fields)) {
    setOwn(json, k, wktValueToLocal(val.fields[k]));
  }
  return json;
}
function wktValueToLocal(val) {
  switch (val.kind.case) {
    case "structValue":
      return wktStructToLocal(val.kind.value);
    case "listValue":
      return val.kind.value.values.map(wktValueToLocal);
    case "nullValue":
    case void 0:
      return null;
    default:
      return val.kind.value;
  }
}
function wktValueToReflect(json) {
  const value = {
    $typeName: "google.protobuf.Value",
    kind: { case: void 0 }
  };
  switch (typeof json) {
    case "number":
      value.kind = { case: "numberValue", value: json };
      break;
    case "string":
      value.kind = { case: "stringValue", value: json };
      break;
    case "boolean":
      value.kind = { case: "boolValue", value: json };
      break;
    case "object":
      if (json === null) {
        value.kind = { case: "nullValue", value: NULL_VALUE };
      } else if (Array.isArray(json)) {
        const listValue = {
          $typeName: "google.protobuf.ListValue",
          values: []
        };
        if (Array.isArray(json)) {
          for (const e of json) {
            listValue.values.push(wktValueToReflect(e));
          }
        }
        value.kind = {
          case: "listValue",
          value: listValue
        };
      } else {
        value.kind = {
          case: "structValue",
          value: wktStructToReflect(json)
        };
      }
      break;
  }
  return value;
}

// node_modules/@bufbuild/protobuf/dist/esm/reflect/reflect.js
function reflect(messageDesc2, message, check = true) {
  return new ReflectMessageImpl(messageDesc2, message, check);
}
var messageSortedFields = /* @__PURE__ */ new WeakMap();
var ReflectMessageImpl = class {
  get sortedFields() {
    const cached = messageSortedFields.get(this.desc);
    if (cached) {
      return cached;
    }
    const sortedFields = this.desc.fields.concat().sort((a, b) => a.number - b.number);
    messageSortedFields.set(this.desc, sortedFields);
    return sortedFields;
  }
  constructor(messageDesc2, message, check = true) {
    this.lists = /* @__PURE__ */ new Map();
    this.maps = /* @__PURE__ */ new Map();
    this.check = check;
    this.desc = messageDesc2;
    this.message = this[unsafeLocal] = message !== null && message !== void 0 ? message : create(messageDesc2);
    this.fields = messageDesc2.fields;
    this.oneofs = messageDesc2.oneofs;
    this.members = messageDesc2.members;
  }
  findNumber(number) {
    if (!this._fieldsByNumber) {
      this._fieldsByNumber = new Map(this.desc.fields.map((f) => [f.number, f]));
    }
    return this._fieldsByNumber.get(number);
  }
  oneofCase(oneof) {
    assertOwn(this.message, oneof);
    return unsafeOneofCase(this.message, oneof);
  }
  isSet(field) {
    assertOwn(this.message, field);
    return unsafeIsSet(this.message, field);
  }
  clear(field) {
    assertOwn(this.message, field);
    unsafeClear(this.message, field);
  }
  get(field) {
    assertOwn(this.message, field);
    const value = unsafeGet(this.message, field);
    switch (field.fieldKind) {
      case "list":
        let list = this.lists.get(field);
        if (!list || list[unsafeLocal] !== value) {
          this.lists.set(
            field,
            // biome-ignore lint/suspicious/noAssignInExpressions: no
            list = new ReflectListImpl(field, value, this.check)
          );
        }
        return list;
      case "map":
        let map = this.maps.get(field);
        if (!map || map[unsafeLocal] !== value) {
          this.maps.set(
            field,
            // biome-ignore lint/suspicious/noAssignInExpressions: no
            map = new ReflectMapImpl(field, value, this.check)
          );
        }
        return map;
      case "message":
        return messageToReflect(field, value, this.check);
      case "scalar":
        return value === void 0 ? scalarZeroValue(field.scalar, false) : longToReflect(field, value);
      case "enum":
        return value !== null && value !== void 0 ? value : field.enum.values[0].number;
    }
  }
  set(field, value) {
    assertOwn(this.message, field);
    if (this.check) {
      const err = checkField(field, value);
      if (err) {
        throw err;
      }
    }
    let local;
    if (field.fieldKind == "message") {
      local = messageToLocal(field, value);
    } else if (isReflectMap(value) || isReflectList(value)) {
      local = value[unsafeLocal];
    } else {
      local = longToLocal(field, value);
    }
    unsafeSet(this.message, field, local);
  }
  getUnknown() {
    return this.message.$unknown;
  }
  setUnknown(value) {
    this.message.$unknown = value;
  }
};
function assertOwn(owner, member) {
  if (member.parent.typeName !== owner.$typeName) {
    throw new FieldError(member, `cannot use ${member.toString()} with message ${owner.$typeName}`, "ForeignFieldError");
  }
}
var ReflectListImpl = class {
  field() {
    return this._field;
  }
  get size() {
    return this._arr.length;
  }
  constructor(field, unsafeInput, check) {
    this._field = field;
    this._arr = this[unsafeLocal] = unsafeInput;
    this.check = check;
  }
  get(index) {
    const item = this._arr[index];
    return item === void 0 ? void 0 : listItemToReflect(this._field, item, this.check);
  }
  set(index, item) {
    if (index < 0 || index >= this._arr.length) {
      throw new FieldError(this._field, `list item #${index + 1}: out of range`);
    }
    if (this.check) {
      const err = checkListItem(this._field, index, item);
      if (err) {
        throw err;
      }
    }
    this._arr[index] = listItemToLocal(this._field, item);
  }
  add(item) {
    if (this.check) {
      const err = checkListItem(this._field, this._arr.length, item);
      if (err) {
        throw err;
      }
    }
    this._arr.push(listItemToLocal(this._field, item));
    return void 0;
  }
  clear() {
    this._arr.splice(0, this._arr.length);
  }
  [Symbol.iterator]() {
    return this.values();
  }
  keys() {
    return this._arr.keys();
  }
  *values() {
    for (const item of this._arr) {
      yield listItemToReflect(this._field, item, this.check);
    }
  }
  *entries() {
    for (let i = 0; i < this._arr.length; i++) {
      yield [i, listItemToReflect(this._field, this._arr[i], this.check)];
    }
  }
};
var ReflectMapImpl = class {
  constructor(field, unsafeInput, check = true) {
    this.obj = this[unsafeLocal] = unsafeInput !== null && unsafeInput !== void 0 ? unsafeInput : {};
    this.check = check;
    this._field = field;
  }
  field() {
    return this._field;
  }
  set(key, value) {
    if (this.check) {
      const err = checkMapEntry(this._field, key, value);
      if (err) {
        throw err;
      }
    }
    setOwn(this.obj, mapKeyToLocal(key), mapValueToLocal(this._field, value));
    return this;
  }
  delete(key) {
    const k = mapKeyToLocal(key);
    const has = Object.prototype.hasOwnProperty.call(this.obj, k);
    if (has) {
      delete this.obj[k];
    }
    return has;
  }
  clear() {
    for (const key of Object.keys(this.obj)) {
      delete this.obj[key];
    }
  }
  get(key) {
    let val = getOwn(this.obj, mapKeyToLocal(key));
    if (val !== void 0) {
      val = mapValueToReflect(this._field, val, this.check);
    }
    return val;
  }
  has(key) {
    return Object.prototype.hasOwnProperty.call(this.obj, mapKeyToLocal(key));
  }
  *keys() {
    for (const objKey of Object.keys(this.obj)) {
      yield mapKeyToReflect(objKey, this._field.mapKey);
    }
  }
  *entries() {
    for (const objEntry of Object.entries(this.obj)) {
      yield [
        mapKeyToReflect(objEntry[0], this._field.mapKey),
        mapValueToReflect(this._field, objEntry[1], this.check)
      ];
    }
  }
  [Symbol.iterator]() {
    return this.entries();
  }
  get size() {
    return Object.keys(this.obj).length;
  }
  *values() {
    for (const val of Object.values(this.obj)) {
      yield mapValueToReflect(this._field, val, this.check);
    }
  }
  forEach(callbackfn, thisArg) {
    for (const mapEntry of this.entries()) {
      callbackfn.call(thisArg, mapEntry[1], mapEntry[0], this);
    }
  }
};
function messageToLocal(field, value) {
  if (!isReflectMessage(value)) {
    return value;
  }
  if (isWrapper(value.message) && !field.oneof && field.fieldKind == "message") {
    return value.message.value;
  }
  if (value.desc.typeName == "google.protobuf.Struct" && field.parent.typeName != "google.protobuf.Value") {
    return wktStructToLocal(value.message);
  }
  return value.message;
}
function messageToReflect(field, value, check) {
  if (value !== void 0) {
    if (isWrapperDesc(field.message) && !field.oneof && field.fieldKind == "message") {
      value = {
        $typeName: field.message.typeName,
        value: longToReflect(field.message.fields[0], value)
      };
    } else if (field.message.typeName == "google.protobuf.Struct" && field.parent.typeName != "google.protobuf.Value" && isObject(value)) {
      value = wktStructToReflect(value);
    }
  }
  return new ReflectMessageImpl(field.message, value, check);
}
function listItemToLocal(field, value) {
  if (field.listKind == "message") {
    return messageToLocal(field, value);
  }
  return longToLocal(field, value);
}
function listItemToReflect(field, value, check) {
  if (field.listKind == "message") {
    return messageToReflect(field, value, check);
  }
  return longToReflect(field, value);
}
function mapValueToLocal(field, value) {
  if (field.mapKind == "message") {
    return messageToLocal(field, value);
  }
  return longToLocal(field, value);
}
function mapValueToReflect(field, value, check) {
  if (field.mapKind == "message") {
    return messageToReflect(field, value, check);
  }
  return value;
}
function mapKeyToLocal(key) {
  return typeof key == "string" || typeof key == "number" ? key : String(key);
}
function mapKeyToReflect(key, type) {
  switch (type) {
    case ScalarType.STRING:
      return key;
    case ScalarType.INT32:
    case ScalarType.FIXED32:
    case ScalarType.UINT32:
    case ScalarType.SFIXED32:
    case ScalarType.SINT32: {
      const n = Number.parseInt(key);
      if (Number.isFinite(n)) {
        return n;
      }
      break;
    }
    case ScalarType.BOOL:
      switch (key) {
        case "true":
          return true;
        case "false":
          return false;
      }
      break;
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      try {
        return protoInt64.uParse(key);
      } catch (_a) {
      }
      break;
    default:
      try {
        return protoInt64.parse(key);
      } catch (_b) {
      }
      break;
  }
  return key;
}
function longToReflect(field, value) {
  switch (field.scalar) {
    case ScalarType.INT64:
    case ScalarType.SFIXED64:
    case ScalarType.SINT64:
      if ("longAsString" in field && field.longAsString && typeof value == "string") {
        value = protoInt64.parse(value);
      }
      break;
    case ScalarType.FIXED64:
    case ScalarType.UINT64:
      if ("longAsString" in field && field.longAsString && typeof value == "string") {
        value = protoInt64.uParse(value);
      }
      break;
  }
  return value;
}
function longToLocal(field, value) {
  switch (field.scalar) {
    case ScalarType.INT64:
    case ScalarType.SFIXED64:
    case ScalarType.SINT64:
      if ("longAsString" in field && field.longAsString) {
        value = String(value);
      } else if (typeof value == "string" || typeof value == "number") {
        value = protoInt64.parse(value);
      }
      break;
    case ScalarType.FIXED64:
    case ScalarType.UINT64:
      if ("longAsString" in field && field.longAsString) {
        value = String(value);
      } else if (typeof value == "string" || typeof value == "number") {
        value = protoInt64.uParse(value);
      }
      break;
  }
  return value;
}

// node_modules/@bufbuild/protobuf/dist/esm/clone.js
function clone(schema, message) {
  return cloneReflect(reflect(schema, message)).message;
}
function cloneReflect(i) {
  const o = reflect(i.desc);
  for (const f of i.fields) {
    if (!i.isSet(f)) {
      continue;
    }
    switch (f.fieldKind) {
      case "list":
        const list = o.get(f);
        for (const item of i.get(f)) {
          list.add(cloneSingular(f, item));
        }
        break;
      case "map":
        const map = o.get(f);
        for (const entry of i.get(f).entries()) {
          map.set(entry[0], cloneSingular(f, entry[1]));
        }
        break;
      default: {
        o.set(f, cloneSingular(f, i.get(f)));
        break;
      }
    }
  }
  const unknown = i.getUnknown();
  if (unknown && unknown.length > 0) {
    o.setUnknown([...unknown]);
  }
  return o;
}
function cloneSingular(field, value) {
  if (field.message !== void 0 && isReflectMessage(value)) {
    return cloneReflect(value);
  }
  if (field.scalar == ScalarType.BYTES && value instanceof Uint8Array) {
    return value.slice();
  }
  return value;
}

// node_modules/@bufbuild/protobuf/dist/esm/wire/base64-encoding.js
var nativeSetFromBase64 = Uint8Array.prototype.setFromBase64;
function base64Decode(base64Str) {
  const len = base64Str.length;
  let size = len - (len + 3 >> 2);
  if ((len & 3) == 0 && base64Str[len - 1] == "=") {
    size -= base64Str[len - 2] == "=" ? 2 : 1;
  }
  const bytes = new Uint8Array(size);
  let written = -1;
  if (nativeSetFromBase64) {
    try {
      const result = nativeSetFromBase64.call(bytes, base64Str);
      if (result.read == len) {
        written = result.written;
      }
    } catch (_a) {
    }
  }
  if (written < 0) {
    written = setFromBase64(bytes, base64Str);
  }
  return written == size ? bytes : bytes.subarray(0, written);
}
function setFromBase64(bytes, base64Str) {
  const table = getDecodeTable();
  let bytePos = 0, groupPos = 0, b, p = 0;
  for (let i = 0; i < base64Str.length; i++) {
    b = table[base64Str.charCodeAt(i)];
    if (b === void 0) {
      switch (base64Str[i]) {
        // @ts-ignore TS7029: Fallthrough case in switch -- ignore instead of expect-error for compiler settings without noFallthroughCasesInSwitch: true
        case "=":
          groupPos = 0;
        // reset state when padding found
        case "\n":
        case "\r":
        case "	":
        case " ":
          continue;
        // skip white-space, and padding
        default:
          throw Error("invalid base64 string");
      }
    }
    switch (groupPos) {
      case 0:
        p = b;
        groupPos = 1;
        break;
      case 1:
        bytes[bytePos++] = p << 2 | (b & 48) >> 4;
        p = b;
        groupPos = 2;
        break;
      case 2:
        bytes[bytePos++] = (p & 15) << 4 | (b & 60) >> 2;
        p = b;
        groupPos = 3;
        break;
      case 3:
        bytes[bytePos++] = (p & 3) << 6 | b;
        groupPos = 0;
        break;
    }
  }
  if (groupPos == 1)
    throw Error("invalid base64 string");
  return bytePos;
}
var nativeToBase64 = Uint8Array.prototype.toBase64;
var encodeTableStd;
var encodeTableUrl;
var decodeTable;
function getEncodeTable(encoding) {
  if (!encodeTableStd) {
    encodeTableStd = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".split("");
    encodeTableUrl = encodeTableStd.slice(0, -2).concat("-", "_");
  }
  return encoding == "url" ? (
    // biome-ignore lint/style/noNonNullAssertion: TS fails to narrow down
    encodeTableUrl
  ) : encodeTableStd;
}
function getDecodeTable() {
  if (!decodeTable) {
    decodeTable = [];
    const encodeTable = getEncodeTable("std");
    for (let i = 0; i < encodeTable.length; i++)
      decodeTable[encodeTable[i].charCodeAt(0)] = i;
    decodeTable["-".charCodeAt(0)] = encodeTable.indexOf("+");
    decodeTable["_".charCodeAt(0)] = encodeTable.indexOf("/");
  }
  return decodeTable;
}

// node_modules/@bufbuild/protobuf/dist/esm/reflect/names.js
function protoCamelCase(snakeCase) {
  let capNext = false;
  const b = [];
  for (let i = 0; i < snakeCase.length; i++) {
    let c = snakeCase.charAt(i);
    switch (c) {
      case "_":
        capNext = true;
        break;
      case "0":
      case "1":
      case "2":
      case "3":
      case "4":
      case "5":
      case "6":
      case "7":
      case "8":
      case "9":
        b.push(c);
        capNext = false;
        break;
      default:
        if (capNext) {
          capNext = false;
          c = c.toUpperCase();
        }
        b.push(c);
        break;
    }
  }
  return b.join("");
}
var reservedObjectProperties = /* @__PURE__ */ new Set([
  // names reserved by JavaScript
  "constructor",
  "toString",
  "toJSON",
  "valueOf"
]);
function safeObjectProperty(name) {
  return reservedObjectProperties.has(name) ? name + "$" : name;
}

// node_modules/@bufbuild/protobuf/dist/esm/codegenv2/restore-json-names.js
function restoreJsonNames(message) {
  for (const f of message.field) {
    if (!unsafeIsSetExplicit(f, "jsonName")) {
      f.jsonName = protoCamelCase(f.name);
    }
  }
  message.nestedType.forEach(restoreJsonNames);
}

// node_modules/@bufbuild/protobuf/dist/esm/wire/text-format.js
function parseTextFormatEnumValue(descEnum, value) {
  const enumValue = descEnum.values.find((v) => v.name === value);
  if (!enumValue) {
    throw new Error(`cannot parse ${descEnum} default value: ${value}`);
  }
  return enumValue.number;
}
function parseTextFormatScalarValue(type, value) {
  switch (type) {
    case ScalarType.STRING:
      return value;
    case ScalarType.BYTES: {
      const u = unescapeBytesDefaultValue(value);
      if (u === false) {
        throw new Error(`cannot parse ${ScalarType[type]} default value: ${value}`);
      }
      return u;
    }
    case ScalarType.INT64:
    case ScalarType.SFIXED64:
    case ScalarType.SINT64:
      return protoInt64.parse(value);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return protoInt64.uParse(value);
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      switch (value) {
        case "inf":
          return Number.POSITIVE_INFINITY;
        case "-inf":
          return Number.NEGATIVE_INFINITY;
        case "nan":
          return Number.NaN;
        default:
          return parseFloat(value);
      }
    case ScalarType.BOOL:
      return value === "true";
    case ScalarType.INT32:
    case ScalarType.UINT32:
    case ScalarType.SINT32:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return parseInt(value, 10);
  }
}
function unescapeBytesDefaultValue(str) {
  const b = [];
  const input = {
    tail: str,
    c: "",
    next() {
      if (this.tail.length == 0) {
        return false;
      }
      this.c = this.tail[0];
      this.tail = this.tail.substring(1);
      return true;
    },
    take(n) {
      if (this.tail.length >= n) {
        const r = this.tail.substring(0, n);
        this.tail = this.tail.substring(n);
        return r;
      }
      return false;
    }
  };
  while (input.next()) {
    switch (input.c) {
      case "\\":
        if (input.next()) {
          switch (input.c) {
            case "\\":
              b.push(input.c.charCodeAt(0));
              break;
            case "b":
              b.push(8);
              break;
            case "f":
              b.push(12);
              break;
            case "n":
              b.push(10);
              break;
            case "r":
              b.push(13);
              break;
            case "t":
              b.push(9);
              break;
            case "v":
              b.push(11);
              break;
            case "0":
            case "1":
            case "2":
            case "3":
            case "4":
            case "5":
            case "6":
            case "7": {
              const s = input.c;
              const t = input.take(2);
              if (t === false) {
                return false;
              }
              const n = parseInt(s + t, 8);
              if (Number.isNaN(n)) {
                return false;
              }
              b.push(n);
              break;
            }
            case "x": {
              const s = input.c;
              const t = input.take(2);
              if (t === false) {
                return false;
              }
              const n = parseInt(s + t, 16);
              if (Number.isNaN(n)) {
                return false;
              }
              b.push(n);
              break;
            }
            case "u": {
              const s = input.c;
              const t = input.take(4);
              if (t === false) {
                return false;
              }
              const n = parseInt(s + t, 16);
              if (Number.isNaN(n)) {
                return false;
              }
              const chunk = new Uint8Array(4);
              const view = new DataView(chunk.buffer);
              view.setInt32(0, n, true);
              b.push(chunk[0], chunk[1], chunk[2], chunk[3]);
              break;
            }
            case "U": {
              const s = input.c;
              const t = input.take(8);
              if (t === false) {
                return false;
              }
              const tc = protoInt64.uEnc(s + t);
              const chunk = new Uint8Array(8);
              const view = new DataView(chunk.buffer);
              view.setInt32(0, tc.lo, true);
              view.setInt32(4, tc.hi, true);
              b.push(chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5], chunk[6], chunk[7]);
              break;
            }
          }
        }
        break;
      default:
        b.push(input.c.charCodeAt(0));
    }
  }
  return new Uint8Array(b);
}

// node_modules/@bufbuild/protobuf/dist/esm/reflect/nested-types.js
function* nestedTypes(desc) {
  switch (desc.kind) {
    case "file":
      for (const message of desc.messages) {
        yield message;
        yield* nestedTypes(message);
      }
      yield* desc.enums;
      yield* desc.services;
      yield* desc.extensions;
      break;
    case "message":
      for (const message of desc.nestedMessages) {
        yield message;
        yield* nestedTypes(message);
      }
      yield* desc.nestedEnums;
      yield* desc.nestedExtensions;
      break;
  }
}

// node_modules/@bufbuild/protobuf/dist/esm/registry.js
function createEmbeddedFileRegistry(fileDescriptorProto, resolve2) {
  return buildFileRegistry([fileDescriptorProto, resolve2]);
}
function buildFileRegistry(args, check) {
  const registry = createBaseRegistry();
  if (!args.length) {
    return registry;
  }
  if ("$typeName" in args[0] && args[0].$typeName == "google.protobuf.FileDescriptorSet") {
    for (const file of args[0].file) {
      check === null || check === void 0 ? void 0 : check(file);
      addFile(file, registry);
    }
    return registry;
  }
  if ("$typeName" in args[0]) {
    let recurseDeps = function(file) {
      const deps = [];
      for (const protoFileName of file.dependency) {
        if (registry.getFile(protoFileName) != void 0) {
          continue;
        }
        if (seen.has(protoFileName)) {
          continue;
        }
        const dep = resolve2(protoFileName);
        if (!dep) {
          throw new Error(`Unable to resolve ${protoFileName}, imported by ${file.name}`);
        }
        if ("kind" in dep) {
          registry.addFile(dep, false, true);
        } else {
          seen.add(dep.name);
          deps.push(dep);
        }
      }
      return deps.concat(...deps.map(recurseDeps));
    };
    const input = args[0];
    const resolve2 = args[1];
    const seen = /* @__PURE__ */ new Set();
    for (const file of [input, ...recurseDeps(input)].reverse()) {
      check === null || check === void 0 ? void 0 : check(file);
      addFile(file, registry);
    }
  } else {
    for (const fileReg of args) {
      for (const file of fileReg.files) {
        registry.addFile(file);
      }
    }
  }
  return registry;
}
function createBaseRegistry() {
  const types = /* @__PURE__ */ new Map();
  const extendees = /* @__PURE__ */ new Map();
  const files = /* @__PURE__ */ new Map();
  return {
    kind: "registry",
    types,
    extendees,
    [Symbol.iterator]() {
      return types.values();
    },
    get files() {
      return files.values();
    },
    addFile(file, skipTypes, withDeps) {
      files.set(file.proto.name, file);
      if (!skipTypes) {
        for (const type of nestedTypes(file)) {
          this.add(type);
        }
      }
      if (withDeps) {
        for (const f of file.dependencies) {
          this.addFile(f, skipTypes, withDeps);
        }
      }
    },
    add(desc) {
      if (desc.kind == "extension") {
        let numberToExt = extendees.get(desc.extendee.typeName);
        if (!numberToExt) {
          extendees.set(
            desc.extendee.typeName,
            // biome-ignore lint/suspicious/noAssignInExpressions: no
            numberToExt = /* @__PURE__ */ new Map()
          );
        }
        numberToExt.set(desc.number, desc);
      }
      types.set(desc.typeName, desc);
    },
    get(typeName) {
      return types.get(typeName);
    },
    getFile(fileName) {
      return files.get(fileName);
    },
    getMessage(typeName) {
      const t = types.get(typeName);
      return (t === null || t === void 0 ? void 0 : t.kind) == "message" ? t : void 0;
    },
    getEnum(typeName) {
      const t = types.get(typeName);
      return (t === null || t === void 0 ? void 0 : t.kind) == "enum" ? t : void 0;
    },
    getExtension(typeName) {
      const t = types.get(typeName);
      return (t === null || t === void 0 ? void 0 : t.kind) == "extension" ? t : void 0;
    },
    getExtensionFor(extendee, no) {
      var _a;
      return (_a = extendees.get(extendee.typeName)) === null || _a === void 0 ? void 0 : _a.get(no);
    },
    getService(typeName) {
      const t = types.get(typeName);
      return (t === null || t === void 0 ? void 0 : t.kind) == "service" ? t : void 0;
    }
  };
}
var EDITION_PROTO22 = 998;
var EDITION_PROTO32 = 999;
var EDITION_UNSTABLE = 9999;
var TYPE_STRING = 9;
var TYPE_GROUP = 10;
var TYPE_MESSAGE = 11;
var TYPE_BYTES = 12;
var TYPE_ENUM = 14;
var LABEL_REPEATED = 3;
var LABEL_REQUIRED = 2;
var JS_STRING = 1;
var IDEMPOTENCY_UNKNOWN = 0;
var EXPLICIT = 1;
var IMPLICIT3 = 2;
var LEGACY_REQUIRED = 3;
var PACKED = 1;
var DELIMITED = 2;
var OPEN = 1;
var VERIFY = 2;
var maximumEdition = 1002;
var featureDefaults = {
  // EDITION_PROTO2
  998: {
    fieldPresence: 1,
    // EXPLICIT,
    enumType: 2,
    // CLOSED,
    repeatedFieldEncoding: 2,
    // EXPANDED,
    utf8Validation: 3,
    // NONE,
    messageEncoding: 1,
    // LENGTH_PREFIXED,
    jsonFormat: 2,
    // LEGACY_BEST_EFFORT,
    enforceNamingStyle: 2,
    // STYLE_LEGACY,
    defaultSymbolVisibility: 1,
    // EXPORT_ALL,
    enforceProtoLimits: 1
    // LEGACY_NO_EXPLICIT_LIMITS,
  },
  // EDITION_PROTO3
  999: {
    fieldPresence: 2,
    // IMPLICIT,
    enumType: 1,
    // OPEN,
    repeatedFieldEncoding: 1,
    // PACKED,
    utf8Validation: 2,
    // VERIFY,
    messageEncoding: 1,
    // LENGTH_PREFIXED,
    jsonFormat: 1,
    // ALLOW,
    enforceNamingStyle: 2,
    // STYLE_LEGACY,
    defaultSymbolVisibility: 1,
    // EXPORT_ALL,
    enforceProtoLimits: 1
    // LEGACY_NO_EXPLICIT_LIMITS,
  },
  // EDITION_2023
  1e3: {
    fieldPresence: 1,
    // EXPLICIT,
    enumType: 1,
    // OPEN,
    repeatedFieldEncoding: 1,
    // PACKED,
    utf8Validation: 2,
    // VERIFY,
    messageEncoding: 1,
    // LENGTH_PREFIXED,
    jsonFormat: 1,
    // ALLOW,
    enforceNamingStyle: 2,
    // STYLE_LEGACY,
    defaultSymbolVisibility: 1,
    // EXPORT_ALL,
    enforceProtoLimits: 1
    // LEGACY_NO_EXPLICIT_LIMITS,
  },
  // EDITION_2024
  1001: {
    fieldPresence: 1,
    // EXPLICIT,
    enumType: 1,
    // OPEN,
    repeatedFieldEncoding: 1,
    // PACKED,
    utf8Validation: 2,
    // VERIFY,
    messageEncoding: 1,
    // LENGTH_PREFIXED,
    jsonFormat: 1,
    // ALLOW,
    enforceNamingStyle: 1,
    // STYLE2024,
    defaultSymbolVisibility: 2,
    // EXPORT_TOP_LEVEL,
    enforceProtoLimits: 1
    // LEGACY_NO_EXPLICIT_LIMITS,
  },
  // EDITION_2026
  1002: {
    fieldPresence: 1,
    // EXPLICIT,
    enumType: 1,
    // OPEN,
    repeatedFieldEncoding: 1,
    // PACKED,
    utf8Validation: 2,
    // VERIFY,
    messageEncoding: 1,
    // LENGTH_PREFIXED,
    jsonFormat: 1,
    // ALLOW,
    enforceNamingStyle: 3,
    // STYLE2026,
    defaultSymbolVisibility: 4,
    // STRICT,
    enforceProtoLimits: 2
    // PROTO_LIMITS2026,
  }
};
function addFile(proto, reg) {
  var _a, _b;
  const file = {
    kind: "file",
    proto,
    deprecated: (_b = (_a = proto.options) === null || _a === void 0 ? void 0 : _a.deprecated) !== null && _b !== void 0 ? _b : false,
    edition: getFileEdition(proto),
    name: proto.name.replace(/\.proto$/, ""),
    dependencies: findFileDependencies(proto, reg),
    enums: [],
    messages: [],
    extensions: [],
    services: [],
    toString() {
      return `file ${proto.name}`;
    }
  };
  const mapEntriesStore = /* @__PURE__ */ new Map();
  const mapEntries = {
    get(typeName) {
      return mapEntriesStore.get(typeName);
    },
    add(desc) {
      var _a2;
      assert(((_a2 = desc.proto.options) === null || _a2 === void 0 ? void 0 : _a2.mapEntry) === true);
      mapEntriesStore.set(desc.typeName, desc);
    }
  };
  for (const enumProto of proto.enumType) {
    addEnum(enumProto, file, void 0, reg);
  }
  for (const messageProto of proto.messageType) {
    addMessage(messageProto, file, void 0, reg, mapEntries);
  }
  for (const serviceProto of proto.service) {
    addService(serviceProto, file, reg);
  }
  addExtensions(file, reg);
  for (const mapEntry of mapEntriesStore.values()) {
    addFields(mapEntry, reg, mapEntries);
  }
  for (const message of file.messages) {
    addFields(message, reg, mapEntries);
    addExtensions(message, reg);
  }
  reg.addFile(file, true);
}
function addExtensions(desc, reg) {
  switch (desc.kind) {
    case "file":
      for (const proto of desc.proto.extension) {
        const ext = newField(proto, desc, reg);
        desc.extensions.push(ext);
        reg.add(ext);
      }
      break;
    case "message":
      for (const proto of desc.proto.extension) {
        const ext = newField(proto, desc, reg);
        desc.nestedExtensions.push(ext);
        reg.add(ext);
      }
      for (const message of desc.nestedMessages) {
        addExtensions(message, reg);
      }
      break;
  }
}
function addFields(message, reg, mapEntries) {
  const allOneofs = message.proto.oneofDecl.map((proto) => newOneof(proto, message));
  const oneofsSeen = /* @__PURE__ */ new Set();
  for (const proto of message.proto.field) {
    const oneof = findOneof(proto, allOneofs);
    const field = newField(proto, message, reg, oneof, mapEntries);
    message.fields.push(field);
    message.field[field.localName] = field;
    if (oneof === void 0) {
      message.members.push(field);
    } else {
      oneof.fields.push(field);
      if (!oneofsSeen.has(oneof)) {
        oneofsSeen.add(oneof);
        message.members.push(oneof);
      }
    }
  }
  for (const oneof of allOneofs.filter((o) => oneofsSeen.has(o))) {
    message.oneofs.push(oneof);
  }
  for (const child of message.nestedMessages) {
    addFields(child, reg, mapEntries);
  }
}
function addEnum(proto, file, parent, reg) {
  var _a, _b, _c, _d, _e, _f, _g;
  var _h, _j;
  const sharedPrefix = findEnumSharedPrefix(proto.name, proto.value);
  const desc = {
    kind: "enum",
    proto,
    deprecated: (_b = (_a = proto.options) === null || _a === void 0 ? void 0 : _a.deprecated) !== null && _b !== void 0 ? _b : false,
    file,
    parent,
    open: true,
    name: proto.name,
    typeName: makeTypeName(proto, parent, file),
    value: {},
    values: [],
    sharedPrefix,
    toString() {
      return `enum ${this.typeName}`;
    }
  };
  desc.open = isEnumOpen(desc);
  reg.add(desc);
  for (const p of proto.value) {
    const name = p.name;
    const value = {
      kind: "enum_value",
      proto: p,
      deprecated: (_d = (_c = p.options) === null || _c === void 0 ? void 0 : _c.deprecated) !== null && _d !== void 0 ? _d : false,
      parent: desc,
      name,
      localName: safeObjectProperty(sharedPrefix == void 0 ? name : name.substring(sharedPrefix.length)),
      number: p.number,
      jsonName: (_e = findEnumValueJsonName(p)) !== null && _e !== void 0 ? _e : name,
      toString() {
        return `enum value ${desc.typeName}.${name}`;
      }
    };
    desc.values.push(value);
    (_f = (_h = desc.value)[_j = p.number]) !== null && _f !== void 0 ? _f : _h[_j] = value;
  }
  ((_g = parent === null || parent === void 0 ? void 0 : parent.nestedEnums) !== null && _g !== void 0 ? _g : file.enums).push(desc);
}
function addMessage(proto, file, parent, reg, mapEntries) {
  var _a, _b, _c, _d;
  const desc = {
    kind: "message",
    proto,
    deprecated: (_b = (_a = proto.options) === null || _a === void 0 ? void 0 : _a.deprecated) !== null && _b !== void 0 ? _b : false,
    file,
    parent,
    name: proto.name,
    typeName: makeTypeName(proto, parent, file),
    fields: [],
    field: {},
    oneofs: [],
    members: [],
    nestedEnums: [],
    nestedMessages: [],
    nestedExtensions: [],
    toString() {
      return `message ${this.typeName}`;
    }
  };
  if (((_c = proto.options) === null || _c === void 0 ? void 0 : _c.mapEntry) === true) {
    mapEntries.add(desc);
  } else {
    ((_d = parent === null || parent === void 0 ? void 0 : parent.nestedMessages) !== null && _d !== void 0 ? _d : file.messages).push(desc);
    reg.add(desc);
  }
  for (const enumProto of proto.enumType) {
    addEnum(enumProto, file, desc, reg);
  }
  for (const messageProto of proto.nestedType) {
    addMessage(messageProto, file, desc, reg, mapEntries);
  }
}
function addService(proto, file, reg) {
  var _a, _b;
  const desc = {
    kind: "service",
    proto,
    deprecated: (_b = (_a = proto.options) === null || _a === void 0 ? void 0 : _a.deprecated) !== null && _b !== void 0 ? _b : false,
    file,
    name: proto.name,
    typeName: makeTypeName(proto, void 0, file),
    methods: [],
    method: {},
    toString() {
      return `service ${this.typeName}`;
    }
  };
  file.services.push(desc);
  reg.add(desc);
  for (const methodProto of proto.method) {
    const method = newMethod(methodProto, desc, reg);
    desc.methods.push(method);
    desc.method[method.localName] = method;
  }
}
function newMethod(proto, parent, reg) {
  var _a, _b, _c, _d;
  let methodKind;
  if (proto.clientStreaming && proto.serverStreaming) {
    methodKind = "bidi_streaming";
  } else if (proto.clientStreaming) {
    methodKind = "client_streaming";
  } else if (proto.serverStreaming) {
    methodKind = "server_streaming";
  } else {
    methodKind = "unary";
  }
  const input = reg.getMessage(trimLeadingDot(proto.inputType));
  const output = reg.getMessage(trimLeadingDot(proto.outputType));
  assert(input, `invalid MethodDescriptorProto: input_type ${proto.inputType} not found`);
  assert(output, `invalid MethodDescriptorProto: output_type ${proto.inputType} not found`);
  const name = proto.name;
  return {
    kind: "rpc",
    proto,
    deprecated: (_b = (_a = proto.options) === null || _a === void 0 ? void 0 : _a.deprecated) !== null && _b !== void 0 ? _b : false,
    parent,
    name,
    localName: safeObjectProperty(name.length ? safeObjectProperty(name[0].toLowerCase() + name.substring(1)) : name),
    methodKind,
    input,
    output,
    idempotency: (_d = (_c = proto.options) === null || _c === void 0 ? void 0 : _c.idempotencyLevel) !== null && _d !== void 0 ? _d : IDEMPOTENCY_UNKNOWN,
    toString() {
      return `rpc ${parent.typeName}.${name}`;
    }
  };
}
function newOneof(proto, parent) {
  return {
    kind: "oneof",
    proto,
    deprecated: false,
    parent,
    fields: [],
    name: proto.name,
    localName: safeObjectProperty(protoCamelCase(proto.name)),
    toString() {
      return `oneof ${parent.typeName}.${this.name}`;
    }
  };
}
function newField(proto, parentOrFile, reg, oneof, mapEntries) {
  var _a, _b, _c;
  const isExtension = mapEntries === void 0;
  const field = {
    kind: "field",
    proto,
    deprecated: (_b = (_a = proto.options) === null || _a === void 0 ? void 0 : _a.deprecated) !== null && _b !== void 0 ? _b : false,
    name: proto.name,
    number: proto.number,
    scalar: void 0,
    message: void 0,
    enum: void 0,
    presence: getFieldPresence(proto, oneof, isExtension, parentOrFile),
    utf8Validation: isUtf8Validated(proto, parentOrFile),
    listKind: void 0,
    mapKind: void 0,
    mapKey: void 0,
    delimitedEncoding: void 0,
    packed: void 0,
    longAsString: false,
    getDefaultValue: void 0
  };
  let toStr;
  if (isExtension) {
    const file = parentOrFile.kind == "file" ? parentOrFile : parentOrFile.file;
    const parent = parentOrFile.kind == "file" ? void 0 : parentOrFile;
    const typeName = makeTypeName(proto, parent, file);
    field.kind = "extension";
    field.file = file;
    field.parent = parent;
    field.oneof = void 0;
    field.typeName = typeName;
    field.jsonName = `[${typeName}]`;
    toStr = () => `extension ${typeName}`;
    const extendee = reg.getMessage(trimLeadingDot(proto.extendee));
    assert(extendee, `invalid FieldDescriptorProto: extendee ${proto.extendee} not found`);
    field.extendee = extendee;
  } else {
    const parent = parentOrFile;
    assert(parent.kind == "message");
    field.parent = parent;
    field.oneof = oneof;
    field.localName = oneof ? protoCamelCase(proto.name) : safeObjectProperty(protoCamelCase(proto.name));
    field.jsonName = proto.jsonName;
    toStr = () => `field ${parent.typeName}.${proto.name}`;
  }
  Object.defineProperty(field, "toString", {
    value: toStr,
    writable: true,
    enumerable: true,
    configurable: true
  });
  const label = proto.label;
  const type = proto.type;
  const jstype = (_c = proto.options) === null || _c === void 0 ? void 0 : _c.jstype;
  if (label === LABEL_REPEATED) {
    const mapEntry = type == TYPE_MESSAGE ? mapEntries === null || mapEntries === void 0 ? void 0 : mapEntries.get(trimLeadingDot(proto.typeName)) : void 0;
    if (mapEntry) {
      field.fieldKind = "map";
      const { key, value } = findMapEntryFields(mapEntry);
      field.mapKey = key.scalar;
      field.mapKind = value.fieldKind;
      field.message = value.message;
      field.delimitedEncoding = false;
      field.enum = value.enum;
      field.scalar = value.scalar;
      return field;
    }
    field.fieldKind = "list";
    switch (type) {
      case TYPE_MESSAGE:
      case TYPE_GROUP:
        field.listKind = "message";
        field.message = reg.getMessage(trimLeadingDot(proto.typeName));
        assert(field.message);
        field.delimitedEncoding = isDelimitedEncoding(proto, parentOrFile);
        break;
      case TYPE_ENUM:
        field.listKind = "enum";
        field.enum = reg.getEnum(trimLeadingDot(proto.typeName));
        assert(field.enum);
        break;
      default:
        field.listKind = "scalar";
        field.scalar = type;
        field.longAsString = jstype == JS_STRING;
        break;
    }
    field.packed = isPackedField(proto, parentOrFile);
    return field;
  }
  switch (type) {
    case TYPE_MESSAGE:
    case TYPE_GROUP:
      field.fieldKind = "message";
      field.message = reg.getMessage(trimLeadingDot(proto.typeName));
      assert(field.message, `invalid FieldDescriptorProto: type_name ${proto.typeName} not found`);
      field.delimitedEncoding = isDelimitedEncoding(proto, parentOrFile);
      field.getDefaultValue = () => void 0;
      break;
    case TYPE_ENUM: {
      const enumeration = reg.getEnum(trimLeadingDot(proto.typeName));
      assert(enumeration !== void 0, `invalid FieldDescriptorProto: type_name ${proto.typeName} not found`);
      field.fieldKind = "enum";
      field.enum = reg.getEnum(trimLeadingDot(proto.typeName));
      field.getDefaultValue = () => {
        return unsafeIsSetExplicit(proto, "defaultValue") ? parseTextFormatEnumValue(enumeration, proto.defaultValue) : void 0;
      };
      break;
    }
    default: {
      field.fieldKind = "scalar";
      field.scalar = type;
      field.longAsString = jstype == JS_STRING;
      field.getDefaultValue = () => {
        return unsafeIsSetExplicit(proto, "defaultValue") ? parseTextFormatScalarValue(type, proto.defaultValue) : void 0;
      };
      break;
    }
  }
  return field;
}
function getFileEdition(proto) {
  switch (proto.syntax) {
    case "":
    case "proto2":
      return EDITION_PROTO22;
    case "proto3":
      return EDITION_PROTO32;
    case "editions":
      if (proto.edition === EDITION_UNSTABLE) {
        return maximumEdition;
      }
      if (proto.edition in featureDefaults) {
        return proto.edition;
      }
      throw new Error(`${proto.name}: unsupported edition`);
    default:
      throw new Error(`${proto.name}: unsupported syntax "${proto.syntax}"`);
  }
}
function findFileDependencies(proto, reg) {
  return proto.dependency.map((wantName) => {
    const dep = reg.getFile(wantName);
    if (!dep) {
      throw new Error(`Cannot find ${wantName}, imported by ${proto.name}`);
    }
    return dep;
  });
}
function findEnumSharedPrefix(enumName, values) {
  const prefix = camelToSnakeCase(enumName) + "_";
  for (const value of values) {
    if (!value.name.toLowerCase().startsWith(prefix)) {
      return void 0;
    }
    const shortName = value.name.substring(prefix.length);
    if (shortName.length == 0) {
      return void 0;
    }
    if (/^\d/.test(shortName)) {
      return void 0;
    }
  }
  return prefix;
}
function findEnumValueJsonName(proto) {
  var _a, _b;
  const extensionNumber = 998;
  const fieldNumber = 1;
  let jsonName;
  for (const uf of (_b = (_a = proto.options) === null || _a === void 0 ? void 0 : _a.$unknown) !== null && _b !== void 0 ? _b : []) {
    if (uf.no !== extensionNumber || uf.wireType !== WireType.LengthDelimited) {
      continue;
    }
    const reader = new BinaryReader(new BinaryReader(uf.data).bytes());
    while (reader.pos < reader.len) {
      const [no, wireType] = reader.tag();
      if (no === fieldNumber && wireType === WireType.LengthDelimited) {
        jsonName = reader.string();
      } else {
        reader.skip(wireType, no);
      }
    }
  }
  return jsonName;
}
function camelToSnakeCase(camel) {
  return (camel.substring(0, 1) + camel.substring(1).replace(/[A-Z]/g, (c) => "_" + c)).toLowerCase();
}
function makeTypeName(proto, parent, file) {
  let typeName;
  if (parent) {
    typeName = `${parent.typeName}.${proto.name}`;
  } else if (file.proto.package.length > 0) {
    typeName = `${file.proto.package}.${proto.name}`;
  } else {
    typeName = `${proto.name}`;
  }
  return typeName;
}
function trimLeadingDot(typeName) {
  return typeName.startsWith(".") ? typeName.substring(1) : typeName;
}
function findOneof(proto, allOneofs) {
  if (!unsafeIsSetExplicit(proto, "oneofIndex")) {
    return void 0;
  }
  if (proto.proto3Optional) {
    return void 0;
  }
  const oneof = allOneofs[proto.oneofIndex];
  assert(oneof, `invalid FieldDescriptorProto: oneof #${proto.oneofIndex} for field #${proto.number} not found`);
  return oneof;
}
function getFieldPresence(proto, oneof, isExtension, parent) {
  if (proto.label == LABEL_REQUIRED) {
    return LEGACY_REQUIRED;
  }
  if (proto.label == LABEL_REPEATED) {
    return IMPLICIT3;
  }
  if (!!oneof || proto.proto3Optional) {
    return EXPLICIT;
  }
  if (isExtension) {
    return EXPLICIT;
  }
  const resolved = resolveFeature("fieldPresence", { proto, parent });
  if (resolved == IMPLICIT3 && (proto.type == TYPE_MESSAGE || proto.type == TYPE_GROUP)) {
    return EXPLICIT;
  }
  return resolved;
}
function isPackedField(proto, parent) {
  if (proto.label != LABEL_REPEATED) {
    return false;
  }
  switch (proto.type) {
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_GROUP:
    case TYPE_MESSAGE:
      return false;
  }
  const o = proto.options;
  if (o && unsafeIsSetExplicit(o, "packed")) {
    return o.packed;
  }
  return PACKED == resolveFeature("repeatedFieldEncoding", {
    proto,
    parent
  });
}
function findMapEntryFields(mapEntry) {
  const key = mapEntry.fields.find((f) => f.number === 1);
  const value = mapEntry.fields.find((f) => f.number === 2);
  assert(key && key.fieldKind == "scalar" && key.scalar != ScalarType.BYTES && key.scalar != ScalarType.FLOAT && key.scalar != ScalarType.DOUBLE && value && value.fieldKind != "list" && value.fieldKind != "map");
  return { key, value };
}
function isEnumOpen(desc) {
  var _a;
  return OPEN == resolveFeature("enumType", {
    proto: desc.proto,
    parent: (_a = desc.parent) !== null && _a !== void 0 ? _a : desc.file
  });
}
function isDelimitedEncoding(proto, parent) {
  if (proto.type == TYPE_GROUP) {
    return true;
  }
  return DELIMITED == resolveFeature("messageEncoding", {
    proto,
    parent
  });
}
function isUtf8Validated(proto, parent) {
  return VERIFY == resolveFeature("utf8Validation", {
    proto,
    parent
  });
}
function resolveFeature(name, ref) {
  var _a, _b;
  const featureSet = (_a = ref.proto.options) === null || _a === void 0 ? void 0 : _a.features;
  if (featureSet) {
    const val = featureSet[name];
    if (val != 0) {
      return val;
    }
  }
  if ("kind" in ref) {
    if (ref.kind == "message") {
      return resolveFeature(name, (_b = ref.parent) !== null && _b !== void 0 ? _b : ref.file);
    }
    const editionDefaults = featureDefaults[ref.edition];
    if (!editionDefaults) {
      throw new Error(`feature default for edition ${ref.edition} not found`);
    }
    return editionDefaults[name];
  }
  return resolveFeature(name, ref.parent);
}
function assert(condition, msg) {
  if (!condition) {
    throw new Error(msg);
  }
}

// node_modules/@bufbuild/protobuf/dist/esm/codegenv2/boot.js
function boot(boot2) {
  const root = bootFileDescriptorProto(boot2);
  root.messageType.forEach(restoreJsonNames);
  const reg = createEmbeddedFileRegistry(root, () => void 0);
  return reg.getFile(root.name);
}
function bootFileDescriptorProto(init) {
  const proto = /* @__PURE__ */ Object.create({
    syntax: "",
    edition: 0
  });
  return Object.assign(proto, Object.assign(Object.assign({ $typeName: "google.protobuf.FileDescriptorProto", dependency: [], publicDependency: [], weakDependency: [], optionDependency: [], service: [], extension: [] }, init), { messageType: init.messageType.map(bootDescriptorProto), enumType: init.enumType.map(bootEnumDescriptorProto) }));
}
function bootDescriptorProto(init) {
  var _a, _b, _c, _d, _e, _f, _g, _h;
  const proto = /* @__PURE__ */ Object.create({
    visibility: 0
  });
  return Object.assign(proto, {
    $typeName: "google.protobuf.DescriptorProto",
    name: init.name,
    field: (_b = (_a = init.field) === null || _a === void 0 ? void 0 : _a.map(bootFieldDescriptorProto)) !== null && _b !== void 0 ? _b : [],
    extension: [],
    nestedType: (_d = (_c = init.nestedType) === null || _c === void 0 ? void 0 : _c.map(bootDescriptorProto)) !== null && _d !== void 0 ? _d : [],
    enumType: (_f = (_e = init.enumType) === null || _e === void 0 ? void 0 : _e.map(bootEnumDescriptorProto)) !== null && _f !== void 0 ? _f : [],
    extensionRange: (_h = (_g = init.extensionRange) === null || _g === void 0 ? void 0 : _g.map((e) => Object.assign({ $typeName: "google.protobuf.DescriptorProto.ExtensionRange" }, e))) !== null && _h !== void 0 ? _h : [],
    oneofDecl: [],
    reservedRange: [],
    reservedName: []
  });
}
function bootFieldDescriptorProto(init) {
  const proto = /* @__PURE__ */ Object.create({
    label: 1,
    typeName: "",
    extendee: "",
    defaultValue: "",
    oneofIndex: 0,
    jsonName: "",
    proto3Optional: false
  });
  return Object.assign(proto, Object.assign(Object.assign({ $typeName: "google.protobuf.FieldDescriptorProto" }, init), { options: init.options ? bootFieldOptions(init.options) : void 0 }));
}
function bootFieldOptions(init) {
  var _a, _b, _c;
  const proto = /* @__PURE__ */ Object.create({
    ctype: 0,
    packed: false,
    jstype: 0,
    lazy: false,
    unverifiedLazy: false,
    deprecated: false,
    weak: false,
    debugRedact: false,
    retention: 0
  });
  return Object.assign(proto, Object.assign(Object.assign({ $typeName: "google.protobuf.FieldOptions" }, init), { targets: (_a = init.targets) !== null && _a !== void 0 ? _a : [], editionDefaults: (_c = (_b = init.editionDefaults) === null || _b === void 0 ? void 0 : _b.map((e) => Object.assign({ $typeName: "google.protobuf.FieldOptions.EditionDefault" }, e))) !== null && _c !== void 0 ? _c : [], uninterpretedOption: [] }));
}
function bootEnumDescriptorProto(init) {
  const proto = /* @__PURE__ */ Object.create({
    visibility: 0
  });
  return Object.assign(proto, {
    $typeName: "google.protobuf.EnumDescriptorProto",
    name: init.name,
    reservedName: [],
    reservedRange: [],
    value: init.value.map((e) => Object.assign({ $typeName: "google.protobuf.EnumValueDescriptorProto" }, e))
  });
}

// node_modules/@bufbuild/protobuf/dist/esm/codegenv2/message.js
function messageDesc(file, path, ...paths) {
  return paths.reduce((acc, cur) => acc.nestedMessages[cur], file.messages[path]);
}

// node_modules/@bufbuild/protobuf/dist/esm/codegenv2/enum.js
function enumDesc(file, path, ...paths) {
  if (paths.length == 0) {
    return file.enums[path];
  }
  const e = paths.pop();
  return paths.reduce((acc, cur) => acc.nestedMessages[cur], file.messages[path]).nestedEnums[e];
}
function tsEnum(desc) {
  const enumObject = {};
  for (const value of desc.values) {
    enumObject[value.localName] = value.number;
    enumObject[value.number] = value.localName;
  }
  return enumObject;
}

// node_modules/@bufbuild/protobuf/dist/esm/wkt/google/protobuf/descriptor_pb.js
var file_google_protobuf_descriptor = /* @__PURE__ */ boot({ "name": "google/protobuf/descriptor.proto", "package": "google.protobuf", "messageType": [{ "name": "FileDescriptorSet", "field": [{ "name": "file", "number": 1, "type": 11, "label": 3, "typeName": ".google.protobuf.FileDescriptorProto" }], "extensionRange": [{ "start": 536e6, "end": 536000001 }] }, { "name": "FileDescriptorProto", "field": [{ "name": "name", "number": 1, "type": 9, "label": 1 }, { "name": "package", "number": 2, "type": 9, "label": 1 }, { "name": "dependency", "number": 3, "type": 9, "label": 3 }, { "name": "public_dependency", "number": 10, "type": 5, "label": 3 }, { "name": "weak_dependency", "number": 11, "type": 5, "label": 3 }, { "name": "option_dependency", "number": 15, "type": 9, "label": 3 }, { "name": "message_type", "number": 4, "type": 11, "label": 3, "typeName": ".google.protobuf.DescriptorProto" }, { "name": "enum_type", "number": 5, "type": 11, "label": 3, "typeName": ".google.protobuf.EnumDescriptorProto" }, { "name": "service", "number": 6, "type": 11, "label": 3, "typeName": ".google.protobuf.ServiceDescriptorProto" }, { "name": "extension", "number": 7, "type": 11, "label": 3, "typeName": ".google.protobuf.FieldDescriptorProto" }, { "name": "options", "number": 8, "type": 11, "label": 1, "typeName": ".google.protobuf.FileOptions" }, { "name": "source_code_info", "number": 9, "type": 11, "label": 1, "typeName": ".google.protobuf.SourceCodeInfo" }, { "name": "syntax", "number": 12, "type": 9, "label": 1 }, { "name": "edition", "number": 14, "type": 14, "label": 1, "typeName": ".google.protobuf.Edition" }] }, { "name": "DescriptorProto", "field": [{ "name": "name", "number": 1, "type": 9, "label": 1 }, { "name": "field", "number": 2, "type": 11, "label": 3, "typeName": ".google.protobuf.FieldDescriptorProto" }, { "name": "extension", "number": 6, "type": 11, "label": 3, "typeName": ".google.protobuf.FieldDescriptorProto" }, { "name": "nested_type", "number": 3, "type": 11, "label": 3, "typeName": ".google.protobuf.DescriptorProto" }, { "name": "enum_type", "number": 4, "type": 11, "label": 3, "typeName": ".google.protobuf.EnumDescriptorProto" }, { "name": "extension_range", "number": 5, "type": 11, "label": 3, "typeName": ".google.protobuf.DescriptorProto.ExtensionRange" }, { "name": "oneof_decl", "number": 8, "type": 11, "label": 3, "typeName": ".google.protobuf.OneofDescriptorProto" }, { "name": "options", "number": 7, "type": 11, "label": 1, "typeName": ".google.protobuf.MessageOptions" }, { "name": "reserved_range", "number": 9, "type": 11, "label": 3, "typeName": ".google.protobuf.DescriptorProto.ReservedRange" }, { "name": "reserved_name", "number": 10, "type": 9, "label": 3 }, { "name": "visibility", "number": 11, "type": 14, "label": 1, "typeName": ".google.protobuf.SymbolVisibility" }], "nestedType": [{ "name": "ExtensionRange", "field": [{ "name": "start", "number": 1, "type": 5, "label": 1 }, { "name": "end", "number": 2, "type": 5, "label": 1 }, { "name": "options", "number": 3, "type": 11, "label": 1, "typeName": ".google.protobuf.ExtensionRangeOptions" }] }, { "name": "ReservedRange", "field": [{ "name": "start", "number": 1, "type": 5, "label": 1 }, { "name": "end", "number": 2, "type": 5, "label": 1 }] }] }, { "name": "ExtensionRangeOptions", "field": [{ "name": "uninterpreted_option", "number": 999, "type": 11, "label": 3, "typeName": ".google.protobuf.UninterpretedOption" }, { "name": "declaration", "number": 2, "type": 11, "label": 3, "typeName": ".google.protobuf.ExtensionRangeOptions.Declaration", "options": { "retention": 2 } }, { "name": "features", "number": 50, "type": 11, "label": 1, "typeName": ".google.protobuf.FeatureSet" }, { "name": "verification", "number": 3, "type": 14, "label": 1, "typeName": ".google.protobuf.ExtensionRangeOptions.VerificationState", "defaultValue": "UNVERIFIED", "options": { "retention": 2 } }], "nestedType": [{ "name": "Declaration", "field": [{ "name": "number", "number": 1, "type": 5, "label": 1 }, { "name": "full_name", "number": 2, "type": 9, "label": 1 }, { "name": "type", "number": 3, "type": 9, "label": 1 }, { "name": "reserved", "number": 5, "type": 8, "label": 1 }, { "name": "repeated", "number": 6, "type": 8, "label": 1 }] }], "enumType": [{ "name": "VerificationState", "value": [{ "name": "DECLARATION", "number": 0 }, { "name": "UNVERIFIED", "number": 1 }] }], "extensionRange": [{ "start": 990, "end": 999 }, { "start": 1e3, "end": 536870912 }] }, { "name": "FieldDescriptorProto", "field": [{ "name": "name", "number": 1, "type": 9, "label": 1 }, { "name": "number", "number": 3, "type": 5, "label": 1 }, { "name": "label", "number": 4, "type": 14, "label": 1, "typeName": ".google.protobuf.FieldDescriptorProto.Label" }, { "name": "type", "number": 5, "type": 14, "label": 1, "typeName": ".google.protobuf.FieldDescriptorProto.Type" }, { "name": "type_name", "number": 6, "type": 9, "label": 1 }, { "name": "extendee", "number": 2, "type": 9, "label": 1 }, { "name": "default_value", "number": 7, "type": 9, "label": 1 }, { "name": "oneof_index", "number": 9, "type": 5, "label": 1 }, { "name": "json_name", "number": 10, "type": 9, "label": 1 }, { "name": "options", "number": 8, "type": 11, "label": 1, "typeName": ".google.protobuf.FieldOptions" }, { "name": "proto3_optional", "number": 17, "type": 8, "label": 1 }], "enumType": [{ "name": "Type", "value": [{ "name": "TYPE_DOUBLE", "number": 1 }, { "name": "TYPE_FLOAT", "number": 2 }, { "name": "TYPE_INT64", "number": 3 }, { "name": "TYPE_UINT64", "number": 4 }, { "name": "TYPE_INT32", "number": 5 }, { "name": "TYPE_FIXED64", "number": 6 }, { "name": "TYPE_FIXED32", "number": 7 }, { "name": "TYPE_BOOL", "number": 8 }, { "name": "TYPE_STRING", "number": 9 }, { "name": "TYPE_GROUP", "number": 10 }, { "name": "TYPE_MESSAGE", "number": 11 }, { "name": "TYPE_BYTES", "number": 12 }, { "name": "TYPE_UINT32", "number": 13 }, { "name": "TYPE_ENUM", "number": 14 }, { "name": "TYPE_SFIXED32", "number": 15 }, { "name": "TYPE_SFIXED64", "number": 16 }, { "name": "TYPE_SINT32", "number": 17 }, { "name": "TYPE_SINT64", "number": 18 }] }, { "name": "Label", "value": [{ "name": "LABEL_OPTIONAL", "number": 1 }, { "name": "LABEL_REPEATED", "number": 3 }, { "name": "LABEL_REQUIRED", "number": 2 }] }] }, { "name": "OneofDescriptorProto", "field": [{ "name": "name", "number": 1, "type": 9, "label": 1 }, { "name": "options", "number": 2, "type": 11, "label": 1, "typeName": ".google.protobuf.OneofOptions" }] }, { "name": "EnumDescriptorProto", "field": [{ "name": "name", "number": 1, "type": 9, "label": 1 }, { "name": "value", "number": 2, "type": 11, "label": 3, "typeName": ".google.protobuf.EnumValueDescriptorProto" }, { "name": "options", "number": 3, "type": 11, "label": 1, "typeName": ".google.protobuf.EnumOptions" }, { "name": "reserved_range", "number": 4, "type": 11, "label": 3, "typeName": ".google.protobuf.EnumDescriptorProto.EnumReservedRange" }, { "name": "reserved_name", "number": 5, "type": 9, "label": 3 }, { "name": "visibility", "number": 6, "type": 14, "label": 1, "typeName": ".google.protobuf.SymbolVisibility" }], "nestedType": [{ "name": "EnumReservedRange", "field": [{ "name": "start", "number": 1, "type": 5, "label": 1 }, { "name": "end", "number": 2, "type": 5, "label": 1 }] }] }, { "name": "EnumValueDescriptorProto", "field": [{ "name": "name", "number": 1, "type": 9, "label": 1 }, { "name": "number", "number": 2, "type": 5, "label": 1 }, { "name": "options", "number": 3, "type": 11, "label": 1, "typeName": ".google.protobuf.EnumValueOptions" }] }, { "name": "ServiceDescriptorProto", "field": [{ "name": "name", "number": 1, "type": 9, "label": 1 }, { "name": "method", "number": 2, "type": 11, "label": 3, "typeName": ".google.protobuf.MethodDescriptorProto" }, { "name": "options", "number": 3, "type": 11, "label": 1, "typeName": ".google.protobuf.ServiceOptions" }] }, { "name": "MethodDescriptorProto", "field": [{ "name": "name", "number": 1, "type": 9, "label": 1 }, { "name": "input_type", "number": 2, "type": 9, "label": 1 }, { "name": "output_type", "number": 3, "type": 9, "label": 1 }, { "name": "options", "number": 4, "type": 11, "label": 1, "typeName": ".google.protobuf.MethodOptions" }, { "name": "client_streaming", "number": 5, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "server_streaming", "number": 6, "type": 8, "label": 1, "defaultValue": "false" }] }, { "name": "FileOptions", "field": [{ "name": "java_package", "number": 1, "type": 9, "label": 1 }, { "name": "java_outer_classname", "number": 8, "type": 9, "label": 1 }, { "name": "java_multiple_files", "number": 10, "type": 8, "label": 1, "defaultValue": "false", "options": {} }, { "name": "java_generate_equals_and_hash", "number": 20, "type": 8, "label": 1, "options": { "deprecated": true } }, { "name": "java_string_check_utf8", "number": 27, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "optimize_for", "number": 9, "type": 14, "label": 1, "typeName": ".google.protobuf.FileOptions.OptimizeMode", "defaultValue": "SPEED" }, { "name": "go_package", "number": 11, "type": 9, "label": 1 }, { "name": "cc_generic_services", "number": 16, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "java_generic_services", "number": 17, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "py_generic_services", "number": 18, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "deprecated", "number": 23, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "cc_enable_arenas", "number": 31, "type": 8, "label": 1, "defaultValue": "true", "options": {} }, { "name": "objc_class_prefix", "number": 36, "type": 9, "label": 1 }, { "name": "csharp_namespace", "number": 37, "type": 9, "label": 1 }, { "name": "swift_prefix", "number": 39, "type": 9, "label": 1 }, { "name": "php_class_prefix", "number": 40, "type": 9, "label": 1 }, { "name": "php_namespace", "number": 41, "type": 9, "label": 1 }, { "name": "php_metadata_namespace", "number": 44, "type": 9, "label": 1 }, { "name": "ruby_package", "number": 45, "type": 9, "label": 1 }, { "name": "features", "number": 50, "type": 11, "label": 1, "typeName": ".google.protobuf.FeatureSet" }, { "name": "uninterpreted_option", "number": 999, "type": 11, "label": 3, "typeName": ".google.protobuf.UninterpretedOption" }], "enumType": [{ "name": "OptimizeMode", "value": [{ "name": "SPEED", "number": 1 }, { "name": "CODE_SIZE", "number": 2 }, { "name": "LITE_RUNTIME", "number": 3 }] }], "extensionRange": [{ "start": 990, "end": 999 }, { "start": 1e3, "end": 536870912 }] }, { "name": "MessageOptions", "field": [{ "name": "message_set_wire_format", "number": 1, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "no_standard_descriptor_accessor", "number": 2, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "deprecated", "number": 3, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "map_entry", "number": 7, "type": 8, "label": 1 }, { "name": "deprecated_legacy_json_field_conflicts", "number": 11, "type": 8, "label": 1, "options": { "deprecated": true } }, { "name": "features", "number": 12, "type": 11, "label": 1, "typeName": ".google.protobuf.FeatureSet" }, { "name": "uninterpreted_option", "number": 999, "type": 11, "label": 3, "typeName": ".google.protobuf.UninterpretedOption" }], "extensionRange": [{ "start": 990, "end": 999 }, { "start": 1e3, "end": 536870912 }] }, { "name": "FieldOptions", "field": [{ "name": "ctype", "number": 1, "type": 14, "label": 1, "typeName": ".google.protobuf.FieldOptions.CType", "defaultValue": "STRING" }, { "name": "packed", "number": 2, "type": 8, "label": 1 }, { "name": "jstype", "number": 6, "type": 14, "label": 1, "typeName": ".google.protobuf.FieldOptions.JSType", "defaultValue": "JS_NORMAL" }, { "name": "lazy", "number": 5, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "unverified_lazy", "number": 15, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "deprecated", "number": 3, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "weak", "number": 10, "type": 8, "label": 1, "defaultValue": "false", "options": { "deprecated": true } }, { "name": "debug_redact", "number": 16, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "retention", "number": 17, "type": 14, "label": 1, "typeName": ".google.protobuf.FieldOptions.OptionRetention" }, { "name": "targets", "number": 19, "type": 14, "label": 3, "typeName": ".google.protobuf.FieldOptions.OptionTargetType" }, { "name": "edition_defaults", "number": 20, "type": 11, "label": 3, "typeName": ".google.protobuf.FieldOptions.EditionDefault" }, { "name": "features", "number": 21, "type": 11, "label": 1, "typeName": ".google.protobuf.FeatureSet" }, { "name": "feature_support", "number": 22, "type": 11, "label": 1, "typeName": ".google.protobuf.FieldOptions.FeatureSupport" }, { "name": "uninterpreted_option", "number": 999, "type": 11, "label": 3, "typeName": ".google.protobuf.UninterpretedOption" }], "nestedType": [{ "name": "EditionDefault", "field": [{ "name": "edition", "number": 3, "type": 14, "label": 1, "typeName": ".google.protobuf.Edition" }, { "name": "value", "number": 2, "type": 9, "label": 1 }] }, { "name": "FeatureSupport", "field": [{ "name": "edition_introduced", "number": 1, "type": 14, "label": 1, "typeName": ".google.protobuf.Edition" }, { "name": "edition_deprecated", "number": 2, "type": 14, "label": 1, "typeName": ".google.protobuf.Edition" }, { "name": "deprecation_warning", "number": 3, "type": 9, "label": 1 }, { "name": "edition_removed", "number": 4, "type": 14, "label": 1, "typeName": ".google.protobuf.Edition" }, { "name": "removal_error", "number": 5, "type": 9, "label": 1 }] }], "enumType": [{ "name": "CType", "value": [{ "name": "STRING", "number": 0 }, { "name": "CORD", "number": 1 }, { "name": "STRING_PIECE", "number": 2 }] }, { "name": "JSType", "value": [{ "name": "JS_NORMAL", "number": 0 }, { "name": "JS_STRING", "number": 1 }, { "name": "JS_NUMBER", "number": 2 }] }, { "name": "OptionRetention", "value": [{ "name": "RETENTION_UNKNOWN", "number": 0 }, { "name": "RETENTION_RUNTIME", "number": 1 }, { "name": "RETENTION_SOURCE", "number": 2 }] }, { "name": "OptionTargetType", "value": [{ "name": "TARGET_TYPE_UNKNOWN", "number": 0 }, { "name": "TARGET_TYPE_FILE", "number": 1 }, { "name": "TARGET_TYPE_EXTENSION_RANGE", "number": 2 }, { "name": "TARGET_TYPE_MESSAGE", "number": 3 }, { "name": "TARGET_TYPE_FIELD", "number": 4 }, { "name": "TARGET_TYPE_ONEOF", "number": 5 }, { "name": "TARGET_TYPE_ENUM", "number": 6 }, { "name": "TARGET_TYPE_ENUM_ENTRY", "number": 7 }, { "name": "TARGET_TYPE_SERVICE", "number": 8 }, { "name": "TARGET_TYPE_METHOD", "number": 9 }] }], "extensionRange": [{ "start": 990, "end": 999 }, { "start": 1e3, "end": 536870912 }] }, { "name": "OneofOptions", "field": [{ "name": "features", "number": 1, "type": 11, "label": 1, "typeName": ".google.protobuf.FeatureSet" }, { "name": "uninterpreted_option", "number": 999, "type": 11, "label": 3, "typeName": ".google.protobuf.UninterpretedOption" }], "extensionRange": [{ "start": 990, "end": 999 }, { "start": 1e3, "end": 536870912 }] }, { "name": "EnumOptions", "field": [{ "name": "allow_alias", "number": 2, "type": 8, "label": 1 }, { "name": "deprecated", "number": 3, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "deprecated_legacy_json_field_conflicts", "number": 6, "type": 8, "label": 1, "options": { "deprecated": true } }, { "name": "features", "number": 7, "type": 11, "label": 1, "typeName": ".google.protobuf.FeatureSet" }, { "name": "uninterpreted_option", "number": 999, "type": 11, "label": 3, "typeName": ".google.protobuf.UninterpretedOption" }], "extensionRange": [{ "start": 990, "end": 999 }, { "start": 1e3, "end": 536870912 }] }, { "name": "EnumValueOptions", "field": [{ "name": "deprecated", "number": 1, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "features", "number": 2, "type": 11, "label": 1, "typeName": ".google.protobuf.FeatureSet" }, { "name": "debug_redact", "number": 3, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "feature_support", "number": 4, "type": 11, "label": 1, "typeName": ".google.protobuf.FieldOptions.FeatureSupport" }, { "name": "uninterpreted_option", "number": 999, "type": 11, "label": 3, "typeName": ".google.protobuf.UninterpretedOption" }], "extensionRange": [{ "start": 990, "end": 999 }, { "start": 1e3, "end": 536870912 }] }, { "name": "ServiceOptions", "field": [{ "name": "features", "number": 34, "type": 11, "label": 1, "typeName": ".google.protobuf.FeatureSet" }, { "name": "deprecated", "number": 33, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "uninterpreted_option", "number": 999, "type": 11, "label": 3, "typeName": ".google.protobuf.UninterpretedOption" }], "extensionRange": [{ "start": 990, "end": 999 }, { "start": 1e3, "end": 536870912 }] }, { "name": "MethodOptions", "field": [{ "name": "deprecated", "number": 33, "type": 8, "label": 1, "defaultValue": "false" }, { "name": "idempotency_level", "number": 34, "type": 14, "label": 1, "typeName": ".google.protobuf.MethodOptions.IdempotencyLevel", "defaultValue": "IDEMPOTENCY_UNKNOWN" }, { "name": "features", "number": 35, "type": 11, "label": 1, "typeName": ".google.protobuf.FeatureSet" }, { "name": "uninterpreted_option", "number": 999, "type": 11, "label": 3, "typeName": ".google.protobuf.UninterpretedOption" }], "enumType": [{ "name": "IdempotencyLevel", "value": [{ "name": "IDEMPOTENCY_UNKNOWN", "number": 0 }, { "name": "NO_SIDE_EFFECTS", "number": 1 }, { "name": "IDEMPOTENT", "number": 2 }] }], "extensionRange": [{ "start": 990, "end": 999 }, { "start": 1e3, "end": 536870912 }] }, { "name": "UninterpretedOption", "field": [{ "name": "name", "number": 2, "type": 11, "label": 3, "typeName": ".google.protobuf.UninterpretedOption.NamePart" }, { "name": "identifier_value", "number": 3, "type": 9, "label": 1 }, { "name": "positive_int_value", "number": 4, "type": 4, "label": 1 }, { "name": "negative_int_value", "number": 5, "type": 3, "label": 1 }, { "name": "double_value", "number": 6, "type": 1, "label": 1 }, { "name": "string_value", "number": 7, "type": 12, "label": 1 }, { "name": "aggregate_value", "number": 8, "type": 9, "label": 1 }], "nestedType": [{ "name": "NamePart", "field": [{ "name": "name_part", "number": 1, "type": 9, "label": 2 }, { "name": "is_extension", "number": 2, "type": 8, "label": 2 }] }] }, { "name": "FeatureSet", "field": [{ "name": "field_presence", "number": 1, "type": 14, "label": 1, "typeName": ".google.protobuf.FeatureSet.FieldPresence", "options": { "retention": 1, "targets": [4, 1], "editionDefaults": [{ "value": "EXPLICIT", "edition": 900 }, { "value": "IMPLICIT", "edition": 999 }, { "value": "EXPLICIT", "edition": 1e3 }] } }, { "name": "enum_type", "number": 2, "type": 14, "label": 1, "typeName": ".google.protobuf.FeatureSet.EnumType", "options": { "retention": 1, "targets": [6, 1], "editionDefaults": [{ "value": "CLOSED", "edition": 900 }, { "value": "OPEN", "edition": 999 }] } }, { "name": "repeated_field_encoding", "number": 3, "type": 14, "label": 1, "typeName": ".google.protobuf.FeatureSet.RepeatedFieldEncoding", "options": { "retention": 1, "targets": [4, 1], "editionDefaults": [{ "value": "EXPANDED", "edition": 900 }, { "value": "PACKED", "edition": 999 }] } }, { "name": "utf8_validation", "number": 4, "type": 14, "label": 1, "typeName": ".google.protobuf.FeatureSet.Utf8Validation", "options": { "retention": 1, "targets": [4, 1], "editionDefaults": [{ "value": "NONE", "edition": 900 }, { "value": "VERIFY", "edition": 999 }] } }, { "name": "message_encoding", "number": 5, "type": 14, "label": 1, "typeName": ".google.protobuf.FeatureSet.MessageEncoding", "options": { "retention": 1, "targets": [4, 1], "editionDefaults": [{ "value": "LENGTH_PREFIXED", "edition": 900 }] } }, { "name": "json_format", "number": 6, "type": 14, "label": 1, "typeName": ".google.protobuf.FeatureSet.JsonFormat", "options": { "retention": 1, "targets": [3, 6, 1], "editionDefaults": [{ "value": "LEGACY_BEST_EFFORT", "edition": 900 }, { "value": "ALLOW", "edition": 999 }] } }, { "name": "enforce_naming_style", "number": 7, "type": 14, "label": 1, "typeName": ".google.protobuf.FeatureSet.EnforceNamingStyle", "options": { "retention": 2, "targets": [1, 2, 3, 4, 5, 6, 7, 8, 9], "editionDefaults": [{ "value": "STYLE_LEGACY", "edition": 900 }, { "value": "STYLE2024", "edition": 1001 }, { "value": "STYLE2026", "edition": 1002 }] } }, { "name": "default_symbol_visibility", "number": 8, "type": 14, "label": 1, "typeName": ".google.protobuf.FeatureSet.VisibilityFeature.DefaultSymbolVisibility", "options": { "retention": 2, "targets": [1], "editionDefaults": [{ "value": "EXPORT_ALL", "edition": 900 }, { "value": "EXPORT_TOP_LEVEL", "edition": 1001 }, { "value": "STRICT", "edition": 1002 }] } }, { "name": "enforce_proto_limits", "number": 9, "type": 14, "label": 1, "typeName": ".google.protobuf.FeatureSet.ProtoLimitsFeature.EnforceProtoLimits", "options": { "retention": 2, "targets": [6, 3, 4, 5], "editionDefaults": [{ "value": "LEGACY_NO_EXPLICIT_LIMITS", "edition": 900 }, { "value": "PROTO_LIMITS2026", "edition": 1002 }] } }], "nestedType": [{ "name": "VisibilityFeature", "enumType": [{ "name": "DefaultSymbolVisibility", "value": [{ "name": "DEFAULT_SYMBOL_VISIBILITY_UNKNOWN", "number": 0 }, { "name": "EXPORT_ALL", "number": 1 }, { "name": "EXPORT_TOP_LEVEL", "number": 2 }, { "name": "LOCAL_ALL", "number": 3 }, { "name": "STRICT", "number": 4 }] }] }, { "name": "ProtoLimitsFeature", "enumType": [{ "name": "EnforceProtoLimits", "value": [{ "name": "PROTO_LIMITS_UNKNOWN", "number": 0 }, { "name": "LEGACY_NO_EXPLICIT_LIMITS", "number": 1 }, { "name": "PROTO_LIMITS2026", "number": 2 }] }] }], "enumType": [{ "name": "FieldPresence", "value": [{ "name": "FIELD_PRESENCE_UNKNOWN", "number": 0 }, { "name": "EXPLICIT", "number": 1 }, { "name": "IMPLICIT", "number": 2 }, { "name": "LEGACY_REQUIRED", "number": 3 }] }, { "name": "EnumType", "value": [{ "name": "ENUM_TYPE_UNKNOWN", "number": 0 }, { "name": "OPEN", "number": 1 }, { "name": "CLOSED", "number": 2 }] }, { "name": "RepeatedFieldEncoding", "value": [{ "name": "REPEATED_FIELD_ENCODING_UNKNOWN", "number": 0 }, { "name": "PACKED", "number": 1 }, { "name": "EXPANDED", "number": 2 }] }, { "name": "Utf8Validation", "value": [{ "name": "UTF8_VALIDATION_UNKNOWN", "number": 0 }, { "name": "VERIFY", "number": 2 }, { "name": "NONE", "number": 3 }] }, { "name": "MessageEncoding", "value": [{ "name": "MESSAGE_ENCODING_UNKNOWN", "number": 0 }, { "name": "LENGTH_PREFIXED", "number": 1 }, { "name": "DELIMITED", "number": 2 }] }, { "name": "JsonFormat", "value": [{ "name": "JSON_FORMAT_UNKNOWN", "number": 0 }, { "name": "ALLOW", "number": 1 }, { "name": "LEGACY_BEST_EFFORT", "number": 2 }] }, { "name": "EnforceNamingStyle", "value": [{ "name": "ENFORCE_NAMING_STYLE_UNKNOWN", "number": 0 }, { "name": "STYLE2024", "number": 1 }, { "name": "STYLE_LEGACY", "number": 2 }, { "name": "STYLE2026", "number": 3 }] }], "extensionRange": [{ "start": 1e3, "end": 9995 }, { "start": 9995, "end": 1e4 }, { "start": 1e4, "end": 10001 }] }, { "name": "FeatureSetDefaults", "field": [{ "name": "defaults", "number": 1, "type": 11, "label": 3, "typeName": ".google.protobuf.FeatureSetDefaults.FeatureSetEditionDefault" }, { "name": "minimum_edition", "number": 4, "type": 14, "label": 1, "typeName": ".google.protobuf.Edition" }, { "name": "maximum_edition", "number": 5, "type": 14, "label": 1, "typeName": ".google.protobuf.Edition" }], "nestedType": [{ "name": "FeatureSetEditionDefault", "field": [{ "name": "edition", "number": 3, "type": 14, "label": 1, "typeName": ".google.protobuf.Edition" }, { "name": "overridable_features", "number": 4, "type": 11, "label": 1, "typeName": ".google.protobuf.FeatureSet" }, { "name": "fixed_features", "number": 5, "type": 11, "label": 1, "typeName": ".google.protobuf.FeatureSet" }] }] }, { "name": "SourceCodeInfo", "field": [{ "name": "location", "number": 1, "type": 11, "label": 3, "typeName": ".google.protobuf.SourceCodeInfo.Location" }], "nestedType": [{ "name": "Location", "field": [{ "name": "path", "number": 1, "type": 5, "label": 3, "options": { "packed": true } }, { "name": "span", "number": 2, "type": 5, "label": 3, "options": { "packed": true } }, { "name": "leading_comments", "number": 3, "type": 9, "label": 1 }, { "name": "trailing_comments", "number": 4, "type": 9, "label": 1 }, { "name": "leading_detached_comments", "number": 6, "type": 9, "label": 3 }] }], "extensionRange": [{ "start": 536e6, "end": 536000001 }] }, { "name": "GeneratedCodeInfo", "field": [{ "name": "annotation", "number": 1, "type": 11, "label": 3, "typeName": ".google.protobuf.GeneratedCodeInfo.Annotation" }], "nestedType": [{ "name": "Annotation", "field": [{ "name": "path", "number": 1, "type": 5, "label": 3, "options": { "packed": true } }, { "name": "source_file", "number": 2, "type": 9, "label": 1 }, { "name": "begin", "number": 3, "type": 5, "label": 1 }, { "name": "end", "number": 4, "type": 5, "label": 1 }, { "name": "semantic", "number": 5, "type": 14, "label": 1, "typeName": ".google.protobuf.GeneratedCodeInfo.Annotation.Semantic" }], "enumType": [{ "name": "Semantic", "value": [{ "name": "NONE", "number": 0 }, { "name": "SET", "number": 1 }, { "name": "ALIAS", "number": 2 }] }] }] }], "enumType": [{ "name": "Edition", "value": [{ "name": "EDITION_UNKNOWN", "number": 0 }, { "name": "EDITION_LEGACY", "number": 900 }, { "name": "EDITION_PROTO2", "number": 998 }, { "name": "EDITION_PROTO3", "number": 999 }, { "name": "EDITION_2023", "number": 1e3 }, { "name": "EDITION_2024", "number": 1001 }, { "name": "EDITION_2026", "number": 1002 }, { "name": "EDITION_UNSTABLE", "number": 9999 }, { "name": "EDITION_1_TEST_ONLY", "number": 1 }, { "name": "EDITION_2_TEST_ONLY", "number": 2 }, { "name": "EDITION_99997_TEST_ONLY", "number": 99997 }, { "name": "EDITION_99998_TEST_ONLY", "number": 99998 }, { "name": "EDITION_99999_TEST_ONLY", "number": 99999 }, { "name": "EDITION_MAX", "number": 2147483647 }] }, { "name": "SymbolVisibility", "value": [{ "name": "VISIBILITY_UNSET", "number": 0 }, { "name": "VISIBILITY_LOCAL", "number": 1 }, { "name": "VISIBILITY_EXPORT", "number": 2 }] }] });
var FileDescriptorProtoSchema = /* @__PURE__ */ messageDesc(file_google_protobuf_descriptor, 1);
var ExtensionRangeOptions_VerificationState;
(function(ExtensionRangeOptions_VerificationState2) {
  ExtensionRangeOptions_VerificationState2[ExtensionRangeOptions_VerificationState2["DECLARATION"] = 0] = "DECLARATION";
  ExtensionRangeOptions_VerificationState2[ExtensionRangeOptions_VerificationState2["UNVERIFIED"] = 1] = "UNVERIFIED";
})(ExtensionRangeOptions_VerificationState || (ExtensionRangeOptions_VerificationState = {}));
var FieldDescriptorProto_Type;
(function(FieldDescriptorProto_Type2) {
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["DOUBLE"] = 1] = "DOUBLE";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["FLOAT"] = 2] = "FLOAT";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["INT64"] = 3] = "INT64";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["UINT64"] = 4] = "UINT64";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["INT32"] = 5] = "INT32";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["FIXED64"] = 6] = "FIXED64";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["FIXED32"] = 7] = "FIXED32";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["BOOL"] = 8] = "BOOL";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["STRING"] = 9] = "STRING";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["GROUP"] = 10] = "GROUP";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["MESSAGE"] = 11] = "MESSAGE";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["BYTES"] = 12] = "BYTES";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["UINT32"] = 13] = "UINT32";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["ENUM"] = 14] = "ENUM";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["SFIXED32"] = 15] = "SFIXED32";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["SFIXED64"] = 16] = "SFIXED64";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["SINT32"] = 17] = "SINT32";
  FieldDescriptorProto_Type2[FieldDescriptorProto_Type2["SINT64"] = 18] = "SINT64";
})(FieldDescriptorProto_Type || (FieldDescriptorProto_Type = {}));
var FieldDescriptorProto_Label;
(function(FieldDescriptorProto_Label2) {
  FieldDescriptorProto_Label2[FieldDescriptorProto_Label2["OPTIONAL"] = 1] = "OPTIONAL";
  FieldDescriptorProto_Label2[FieldDescriptorProto_Label2["REPEATED"] = 3] = "REPEATED";
  FieldDescriptorProto_Label2[FieldDescriptorProto_Label2["REQUIRED"] = 2] = "REQUIRED";
})(FieldDescriptorProto_Label || (FieldDescriptorProto_Label = {}));
var FileOptions_OptimizeMode;
(function(FileOptions_OptimizeMode2) {
  FileOptions_OptimizeMode2[FileOptions_OptimizeMode2["SPEED"] = 1] = "SPEED";
  FileOptions_OptimizeMode2[FileOptions_OptimizeMode2["CODE_SIZE"] = 2] = "CODE_SIZE";
  FileOptions_OptimizeMode2[FileOptions_OptimizeMode2["LITE_RUNTIME"] = 3] = "LITE_RUNTIME";
})(FileOptions_OptimizeMode || (FileOptions_OptimizeMode = {}));
var FieldOptions_CType;
(function(FieldOptions_CType2) {
  FieldOptions_CType2[FieldOptions_CType2["STRING"] = 0] = "STRING";
  FieldOptions_CType2[FieldOptions_CType2["CORD"] = 1] = "CORD";
  FieldOptions_CType2[FieldOptions_CType2["STRING_PIECE"] = 2] = "STRING_PIECE";
})(FieldOptions_CType || (FieldOptions_CType = {}));
var FieldOptions_JSType;
(function(FieldOptions_JSType2) {
  FieldOptions_JSType2[FieldOptions_JSType2["JS_NORMAL"] = 0] = "JS_NORMAL";
  FieldOptions_JSType2[FieldOptions_JSType2["JS_STRING"] = 1] = "JS_STRING";
  FieldOptions_JSType2[FieldOptions_JSType2["JS_NUMBER"] = 2] = "JS_NUMBER";
})(FieldOptions_JSType || (FieldOptions_JSType = {}));
var FieldOptions_OptionRetention;
(function(FieldOptions_OptionRetention2) {
  FieldOptions_OptionRetention2[FieldOptions_OptionRetention2["RETENTION_UNKNOWN"] = 0] = "RETENTION_UNKNOWN";
  FieldOptions_OptionRetention2[FieldOptions_OptionRetention2["RETENTION_RUNTIME"] = 1] = "RETENTION_RUNTIME";
  FieldOptions_OptionRetention2[FieldOptions_OptionRetention2["RETENTION_SOURCE"] = 2] = "RETENTION_SOURCE";
})(FieldOptions_OptionRetention || (FieldOptions_OptionRetention = {}));
var FieldOptions_OptionTargetType;
(function(FieldOptions_OptionTargetType2) {
  FieldOptions_OptionTargetType2[FieldOptions_OptionTargetType2["TARGET_TYPE_UNKNOWN"] = 0] = "TARGET_TYPE_UNKNOWN";
  FieldOptions_OptionTargetType2[FieldOptions_OptionTargetType2["TARGET_TYPE_FILE"] = 1] = "TARGET_TYPE_FILE";
  FieldOptions_OptionTargetType2[FieldOptions_OptionTargetType2["TARGET_TYPE_EXTENSION_RANGE"] = 2] = "TARGET_TYPE_EXTENSION_RANGE";
  FieldOptions_OptionTargetType2[FieldOptions_OptionTargetType2["TARGET_TYPE_MESSAGE"] = 3] = "TARGET_TYPE_MESSAGE";
  FieldOptions_OptionTargetType2[FieldOptions_OptionTargetType2["TARGET_TYPE_FIELD"] = 4] = "TARGET_TYPE_FIELD";
  FieldOptions_OptionTargetType2[FieldOptions_OptionTargetType2["TARGET_TYPE_ONEOF"] = 5] = "TARGET_TYPE_ONEOF";
  FieldOptions_OptionTargetType2[FieldOptions_OptionTargetType2["TARGET_TYPE_ENUM"] = 6] = "TARGET_TYPE_ENUM";
  FieldOptions_OptionTargetType2[FieldOptions_OptionTargetType2["TARGET_TYPE_ENUM_ENTRY"] = 7] = "TARGET_TYPE_ENUM_ENTRY";
  FieldOptions_OptionTargetType2[FieldOptions_OptionTargetType2["TARGET_TYPE_SERVICE"] = 8] = "TARGET_TYPE_SERVICE";
  FieldOptions_OptionTargetType2[FieldOptions_OptionTargetType2["TARGET_TYPE_METHOD"] = 9] = "TARGET_TYPE_METHOD";
})(FieldOptions_OptionTargetType || (FieldOptions_OptionTargetType = {}));
var MethodOptions_IdempotencyLevel;
(function(MethodOptions_IdempotencyLevel2) {
  MethodOptions_IdempotencyLevel2[MethodOptions_IdempotencyLevel2["IDEMPOTENCY_UNKNOWN"] = 0] = "IDEMPOTENCY_UNKNOWN";
  MethodOptions_IdempotencyLevel2[MethodOptions_IdempotencyLevel2["NO_SIDE_EFFECTS"] = 1] = "NO_SIDE_EFFECTS";
  MethodOptions_IdempotencyLevel2[MethodOptions_IdempotencyLevel2["IDEMPOTENT"] = 2] = "IDEMPOTENT";
})(MethodOptions_IdempotencyLevel || (MethodOptions_IdempotencyLevel = {}));
var FeatureSet_VisibilityFeature_DefaultSymbolVisibility;
(function(FeatureSet_VisibilityFeature_DefaultSymbolVisibility2) {
  FeatureSet_VisibilityFeature_DefaultSymbolVisibility2[FeatureSet_VisibilityFeature_DefaultSymbolVisibility2["DEFAULT_SYMBOL_VISIBILITY_UNKNOWN"] = 0] = "DEFAULT_SYMBOL_VISIBILITY_UNKNOWN";
  FeatureSet_VisibilityFeature_DefaultSymbolVisibility2[FeatureSet_VisibilityFeature_DefaultSymbolVisibility2["EXPORT_ALL"] = 1] = "EXPORT_ALL";
  FeatureSet_VisibilityFeature_DefaultSymbolVisibility2[FeatureSet_VisibilityFeature_DefaultSymbolVisibility2["EXPORT_TOP_LEVEL"] = 2] = "EXPORT_TOP_LEVEL";
  FeatureSet_VisibilityFeature_DefaultSymbolVisibility2[FeatureSet_VisibilityFeature_DefaultSymbolVisibility2["LOCAL_ALL"] = 3] = "LOCAL_ALL";
  FeatureSet_VisibilityFeature_DefaultSymbolVisibility2[FeatureSet_VisibilityFeature_DefaultSymbolVisibility2["STRICT"] = 4] = "STRICT";
})(FeatureSet_VisibilityFeature_DefaultSymbolVisibility || (FeatureSet_VisibilityFeature_DefaultSymbolVisibility = {}));
var FeatureSet_ProtoLimitsFeature_EnforceProtoLimits;
(function(FeatureSet_ProtoLimitsFeature_EnforceProtoLimits2) {
  FeatureSet_ProtoLimitsFeature_EnforceProtoLimits2[FeatureSet_ProtoLimitsFeature_EnforceProtoLimits2["PROTO_LIMITS_UNKNOWN"] = 0] = "PROTO_LIMITS_UNKNOWN";
  FeatureSet_ProtoLimitsFeature_EnforceProtoLimits2[FeatureSet_ProtoLimitsFeature_EnforceProtoLimits2["LEGACY_NO_EXPLICIT_LIMITS"] = 1] = "LEGACY_NO_EXPLICIT_LIMITS";
  FeatureSet_ProtoLimitsFeature_EnforceProtoLimits2[FeatureSet_ProtoLimitsFeature_EnforceProtoLimits2["PROTO_LIMITS2026"] = 2] = "PROTO_LIMITS2026";
})(FeatureSet_ProtoLimitsFeature_EnforceProtoLimits || (FeatureSet_ProtoLimitsFeature_EnforceProtoLimits = {}));
var FeatureSet_FieldPresence;
(function(FeatureSet_FieldPresence2) {
  FeatureSet_FieldPresence2[FeatureSet_FieldPresence2["FIELD_PRESENCE_UNKNOWN"] = 0] = "FIELD_PRESENCE_UNKNOWN";
  FeatureSet_FieldPresence2[FeatureSet_FieldPresence2["EXPLICIT"] = 1] = "EXPLICIT";
  FeatureSet_FieldPresence2[FeatureSet_FieldPresence2["IMPLICIT"] = 2] = "IMPLICIT";
  FeatureSet_FieldPresence2[FeatureSet_FieldPresence2["LEGACY_REQUIRED"] = 3] = "LEGACY_REQUIRED";
})(FeatureSet_FieldPresence || (FeatureSet_FieldPresence = {}));
var FeatureSet_EnumType;
(function(FeatureSet_EnumType2) {
  FeatureSet_EnumType2[FeatureSet_EnumType2["ENUM_TYPE_UNKNOWN"] = 0] = "ENUM_TYPE_UNKNOWN";
  FeatureSet_EnumType2[FeatureSet_EnumType2["OPEN"] = 1] = "OPEN";
  FeatureSet_EnumType2[FeatureSet_EnumType2["CLOSED"] = 2] = "CLOSED";
})(FeatureSet_EnumType || (FeatureSet_EnumType = {}));
var FeatureSet_RepeatedFieldEncoding;
(function(FeatureSet_RepeatedFieldEncoding2) {
  FeatureSet_RepeatedFieldEncoding2[FeatureSet_RepeatedFieldEncoding2["REPEATED_FIELD_ENCODING_UNKNOWN"] = 0] = "REPEATED_FIELD_ENCODING_UNKNOWN";
  FeatureSet_RepeatedFieldEncoding2[FeatureSet_RepeatedFieldEncoding2["PACKED"] = 1] = "PACKED";
  FeatureSet_RepeatedFieldEncoding2[FeatureSet_RepeatedFieldEncoding2["EXPANDED"] = 2] = "EXPANDED";
})(FeatureSet_RepeatedFieldEncoding || (FeatureSet_RepeatedFieldEncoding = {}));
var FeatureSet_Utf8Validation;
(function(FeatureSet_Utf8Validation2) {
  FeatureSet_Utf8Validation2[FeatureSet_Utf8Validation2["UTF8_VALIDATION_UNKNOWN"] = 0] = "UTF8_VALIDATION_UNKNOWN";
  FeatureSet_Utf8Validation2[FeatureSet_Utf8Validation2["VERIFY"] = 2] = "VERIFY";
  FeatureSet_Utf8Validation2[FeatureSet_Utf8Validation2["NONE"] = 3] = "NONE";
})(FeatureSet_Utf8Validation || (FeatureSet_Utf8Validation = {}));
var FeatureSet_MessageEncoding;
(function(FeatureSet_MessageEncoding2) {
  FeatureSet_MessageEncoding2[FeatureSet_MessageEncoding2["MESSAGE_ENCODING_UNKNOWN"] = 0] = "MESSAGE_ENCODING_UNKNOWN";
  FeatureSet_MessageEncoding2[FeatureSet_MessageEncoding2["LENGTH_PREFIXED"] = 1] = "LENGTH_PREFIXED";
  FeatureSet_MessageEncoding2[FeatureSet_MessageEncoding2["DELIMITED"] = 2] = "DELIMITED";
})(FeatureSet_MessageEncoding || (FeatureSet_MessageEncoding = {}));
var FeatureSet_JsonFormat;
(function(FeatureSet_JsonFormat2) {
  FeatureSet_JsonFormat2[FeatureSet_JsonFormat2["JSON_FORMAT_UNKNOWN"] = 0] = "JSON_FORMAT_UNKNOWN";
  FeatureSet_JsonFormat2[FeatureSet_JsonFormat2["ALLOW"] = 1] = "ALLOW";
  FeatureSet_JsonFormat2[FeatureSet_JsonFormat2["LEGACY_BEST_EFFORT"] = 2] = "LEGACY_BEST_EFFORT";
})(FeatureSet_JsonFormat || (FeatureSet_JsonFormat = {}));
var FeatureSet_EnforceNamingStyle;
(function(FeatureSet_EnforceNamingStyle2) {
  FeatureSet_EnforceNamingStyle2[FeatureSet_EnforceNamingStyle2["ENFORCE_NAMING_STYLE_UNKNOWN"] = 0] = "ENFORCE_NAMING_STYLE_UNKNOWN";
  FeatureSet_EnforceNamingStyle2[FeatureSet_EnforceNamingStyle2["STYLE2024"] = 1] = "STYLE2024";
  FeatureSet_EnforceNamingStyle2[FeatureSet_EnforceNamingStyle2["STYLE_LEGACY"] = 2] = "STYLE_LEGACY";
  FeatureSet_EnforceNamingStyle2[FeatureSet_EnforceNamingStyle2["STYLE2026"] = 3] = "STYLE2026";
})(FeatureSet_EnforceNamingStyle || (FeatureSet_EnforceNamingStyle = {}));
var GeneratedCodeInfo_Annotation_Semantic;
(function(GeneratedCodeInfo_Annotation_Semantic2) {
  GeneratedCodeInfo_Annotation_Semantic2[GeneratedCodeInfo_Annotation_Semantic2["NONE"] = 0] = "NONE";
  GeneratedCodeInfo_Annotation_Semantic2[GeneratedCodeInfo_Annotation_Semantic2["SET"] = 1] = "SET";
  GeneratedCodeInfo_Annotation_Semantic2[GeneratedCodeInfo_Annotation_Semantic2["ALIAS"] = 2] = "ALIAS";
})(GeneratedCodeInfo_Annotation_Semantic || (GeneratedCodeInfo_Annotation_Semantic = {}));
var Edition;
(function(Edition2) {
  Edition2[Edition2["EDITION_UNKNOWN"] = 0] = "EDITION_UNKNOWN";
  Edition2[Edition2["EDITION_LEGACY"] = 900] = "EDITION_LEGACY";
  Edition2[Edition2["EDITION_PROTO2"] = 998] = "EDITION_PROTO2";
  Edition2[Edition2["EDITION_PROTO3"] = 999] = "EDITION_PROTO3";
  Edition2[Edition2["EDITION_2023"] = 1e3] = "EDITION_2023";
  Edition2[Edition2["EDITION_2024"] = 1001] = "EDITION_2024";
  Edition2[Edition2["EDITION_2026"] = 1002] = "EDITION_2026";
  Edition2[Edition2["EDITION_UNSTABLE"] = 9999] = "EDITION_UNSTABLE";
  Edition2[Edition2["EDITION_1_TEST_ONLY"] = 1] = "EDITION_1_TEST_ONLY";
  Edition2[Edition2["EDITION_2_TEST_ONLY"] = 2] = "EDITION_2_TEST_ONLY";
  Edition2[Edition2["EDITION_99997_TEST_ONLY"] = 99997] = "EDITION_99997_TEST_ONLY";
  Edition2[Edition2["EDITION_99998_TEST_ONLY"] = 99998] = "EDITION_99998_TEST_ONLY";
  Edition2[Edition2["EDITION_99999_TEST_ONLY"] = 99999] = "EDITION_99999_TEST_ONLY";
  Edition2[Edition2["EDITION_MAX"] = 2147483647] = "EDITION_MAX";
})(Edition || (Edition = {}));
var SymbolVisibility;
(function(SymbolVisibility2) {
  SymbolVisibility2[SymbolVisibility2["VISIBILITY_UNSET"] = 0] = "VISIBILITY_UNSET";
  SymbolVisibility2[SymbolVisibility2["VISIBILITY_LOCAL"] = 1] = "VISIBILITY_LOCAL";
  SymbolVisibility2[SymbolVisibility2["VISIBILITY_EXPORT"] = 2] = "VISIBILITY_EXPORT";
})(SymbolVisibility || (SymbolVisibility = {}));

// node_modules/@bufbuild/protobuf/dist/esm/from-binary.js
function makeReadContext(options) {
  return Object.assign(Object.assign({ readUnknownFields: true, recursionLimit: 100 }, options), { depth: 0 });
}
function fromBinary(schema, bytes, options) {
  const message = create(schema);
  compiledReader(schema).read(message, new BinaryReader(bytes), makeReadContext(options), bytes.byteLength);
  return message;
}
function mergeFromBinary(schema, target, bytes, options) {
  if (target.$typeName !== schema.typeName && schema.fields.length > 0) {
    throw new FieldError(schema.fields[0], `cannot use ${schema.fields[0]} with message ${target.$typeName}`, "ForeignFieldError");
  }
  compiledReader(schema).read(target, new BinaryReader(bytes), makeReadContext(options), bytes.byteLength);
  return target;
}
var compiledReaders = /* @__PURE__ */ new WeakMap();
function compiledReader(desc) {
  let compiled = compiledReaders.get(desc);
  if (compiled === void 0) {
    compiled = compileMessage(desc);
  }
  return compiled;
}
function compileMessage(desc) {
  const descString = String(desc);
  const fieldReaders = /* @__PURE__ */ new Map();
  const compiled = {
    read: compileMessageReader(descString, fieldReaders),
    readGroup: compileGroupReader(descString, fieldReaders)
  };
  compiledReaders.set(desc, compiled);
  for (const field of desc.fields) {
    fieldReaders.set(field.number, compileFieldReader(field));
  }
  return compiled;
}
function compileMessageReader(descString, fieldReaders) {
  return (message, reader, ctx, length) => {
    var _a;
    if (++ctx.depth > ctx.recursionLimit) {
      throw new Error(`cannot decode ${descString} from binary: maximum recursion depth of ${ctx.recursionLimit} reached`);
    }
    const end = reader.pos + length;
    const unknownFields = (_a = message.$unknown) !== null && _a !== void 0 ? _a : [];
    while (reader.pos < end) {
      const [fieldNo, wireType] = reader.tag();
      const fieldReader = fieldReaders.get(fieldNo);
      if (fieldReader === void 0) {
        const data = reader.skip(wireType, fieldNo, ctx.recursionLimit - ctx.depth);
        if (ctx.readUnknownFields) {
          unknownFields.push({ no: fieldNo, wireType, data });
        }
        continue;
      }
      fieldReader(message, reader, ctx, wireType);
    }
    if (unknownFields.length > 0) {
      message.$unknown = unknownFields;
    }
    ctx.depth--;
  };
}
function compileGroupReader(descString, fieldReaders) {
  return (message, reader, ctx, fieldNo) => {
    var _a;
    if (++ctx.depth > ctx.recursionLimit) {
      throw new Error(`cannot decode ${descString} from binary: maximum recursion depth of ${ctx.recursionLimit} reached`);
    }
    let recordFieldNo;
    let wireType;
    const unknownFields = (_a = message.$unknown) !== null && _a !== void 0 ? _a : [];
    while (reader.pos < reader.len) {
      [recordFieldNo, wireType] = reader.tag();
      if (wireType == WireType.EndGroup) {
        break;
      }
      const fieldReader = fieldReaders.get(recordFieldNo);
      if (fieldReader === void 0) {
        const data = reader.skip(wireType, recordFieldNo, ctx.recursionLimit - ctx.depth);
        if (ctx.readUnknownFields) {
          unknownFields.push({ no: recordFieldNo, wireType, data });
        }
        continue;
      }
      fieldReader(message, reader, ctx, wireType);
    }
    if (wireType != WireType.EndGroup || recordFieldNo !== fieldNo) {
      throw new Error("invalid end group tag");
    }
    if (unknownFields.length > 0) {
      message.$unknown = unknownFields;
    }
    ctx.depth--;
  };
}
function compileFieldReader(field) {
  switch (field.fieldKind) {
    case "scalar":
      return compileScalarFieldReader(field);
    case "enum":
      return compileEnumFieldReader(field);
    case "message":
      return compileMessageFieldReader(field);
    case "list":
      return compileListFieldReader(field);
    case "map":
      return compileMapFieldReader(field);
  }
}
function compileScalarFieldReader(field) {
  const readScalar = compileScalarReader(field.scalar, field.utf8Validation, field.longAsString);
  const localName = field.localName;
  if (field.oneof) {
    const oneofLocalName = field.oneof.localName;
    return (message, reader) => {
      message[oneofLocalName] = {
        case: localName,
        value: readScalar(reader)
      };
    };
  }
  return (message, reader) => {
    message[localName] = readScalar(reader);
  };
}
function compileEnumFieldReader(field) {
  var _a;
  const localName = field.localName;
  const oneofLocalName = (_a = field.oneof) === null || _a === void 0 ? void 0 : _a.localName;
  if (field.enum.open) {
    if (oneofLocalName !== void 0) {
      return (message, reader) => {
        message[oneofLocalName] = { case: localName, value: reader.int32() };
      };
    }
    return (message, reader) => {
      message[localName] = reader.int32();
    };
  }
  const values = field.enum.values;
  const fieldNo = field.number;
  return (message, reader, ctx, wireType) => {
    var _a2;
    const val = reader.int32();
    if (values.some((v) => v.number === val)) {
      if (oneofLocalName !== void 0) {
        message[oneofLocalName] = { case: localName, value: val };
      } else {
        message[localName] = val;
      }
    } else if (ctx.readUnknownFields) {
      const bytes = [];
      varint32write(val, bytes);
      const unknownFields = (_a2 = message.$unknown) !== null && _a2 !== void 0 ? _a2 : [];
      unknownFields.push({
        no: fieldNo,
        wireType,
        data: new Uint8Array(bytes)
      });
      message.$unknown = unknownFields;
    }
  };
}
function compileMessageFieldReader(field) {
  const localName = field.localName;
  const { toMessage, toLocal } = localMessageMapper(field);
  const readChild = compileChildReader(field);
  if (field.oneof) {
    const oneofLocalName = field.oneof.localName;
    return (message, reader, ctx) => {
      const oneof = message[oneofLocalName];
      const child = toMessage(oneof.case === localName ? oneof.value : void 0);
      readChild(child, reader, ctx);
      message[oneofLocalName] = { case: localName, value: toLocal(child) };
    };
  }
  return (message, reader, ctx) => {
    const child = toMessage(message[localName]);
    readChild(child, reader, ctx);
    message[localName] = toLocal(child);
  };
}
function compileChildReader(field) {
  const compiledChild = compiledReader(field.message);
  if (field.delimitedEncoding) {
    const fieldNo = field.number;
    return (child, reader, ctx) => compiledChild.readGroup(child, reader, ctx, fieldNo);
  }
  return (child, reader, ctx) => compiledChild.read(child, reader, ctx, reader.uint32());
}
function compileListFieldReader(field) {
  const localName = field.localName;
  if (field.listKind == "message") {
    const { toMessage, toLocal } = localMessageMapper(field);
    const readChild = compileChildReader(field);
    return (message, reader, ctx) => {
      const child = toMessage(void 0);
      readChild(child, reader, ctx);
      message[localName].push(toLocal(child));
    };
  }
  const scalarType = field.listKind == "enum" ? ScalarType.INT32 : field.scalar;
  const longAsString = field.listKind == "scalar" ? field.longAsString : false;
  const readScalar = compileScalarReader(scalarType, field.utf8Validation, longAsString);
  const packedPossible = scalarType != ScalarType.STRING && scalarType != ScalarType.BYTES;
  return (message, reader, ctx, wireType) => {
    const items = message[localName];
    if (wireType == WireType.LengthDelimited && packedPossible) {
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) {
        items.push(readScalar(reader));
      }
    } else {
      items.push(readScalar(reader));
    }
  };
}
function compileMapFieldReader(field) {
  const localName = field.localName;
  const readKey = compileScalarReader(field.mapKey, field.utf8Validation, false);
  const keyZero = scalarZeroValue(field.mapKey, false);
  let readValue;
  let valueDefault;
  switch (field.mapKind) {
    case "scalar": {
      const scalar = field.scalar;
      const readScalar = compileScalarReader(scalar, field.utf8Validation, false);
      readValue = (reader) => readScalar(reader);
      if (scalar == ScalarType.BYTES) {
        valueDefault = () => new Uint8Array(0);
      } else {
        const zero = scalarZeroValue(scalar, false);
        valueDefault = () => zero;
      }
      break;
    }
    case "enum": {
      const zero = field.enum.values[0].number;
      readValue = (reader) => reader.int32();
      valueDefault = () => zero;
      break;
    }
    case "message": {
      const { toMessage, toLocal } = localMessageMapper(field);
      const readChild = compiledReader(field.message).read;
      readValue = (reader, ctx, existing) => {
        const child = toMessage(existing);
        readChild(child, reader, ctx, reader.uint32());
        return toLocal(child);
      };
      valueDefault = () => toLocal(toMessage(void 0));
      break;
    }
  }
  return (message, reader, ctx) => {
    const record = message[localName];
    let key;
    let val;
    const len = reader.uint32();
    const end = reader.pos + len;
    while (reader.pos < end) {
      const [fieldNo, wireType] = reader.tag();
      switch (fieldNo) {
        case 1:
          key = readKey(reader);
          break;
        case 2:
          val = readValue(reader, ctx, val);
          break;
        default:
          reader.skip(wireType, fieldNo, ctx.recursionLimit - ctx.depth);
      }
    }
    if (key === void 0) {
      key = keyZero;
    }
    if (val === void 0) {
      val = valueDefault();
    }
    setOwn(record, key, val);
  };
}
function compileScalarReader(type, utf8Validation, longAsString) {
  switch (type) {
    case ScalarType.STRING:
      return (reader) => reader.string(utf8Validation);
    case ScalarType.BOOL:
      return (reader) => reader.bool();
    case ScalarType.DOUBLE:
      return (reader) => reader.double();
    case ScalarType.FLOAT:
      return (reader) => reader.float();
    case ScalarType.INT32:
      return (reader) => reader.int32();
    case ScalarType.INT64:
      if (longAsString) {
        return (reader) => String(reader.int64());
      }
      return (reader) => reader.int64();
    case ScalarType.UINT64:
      if (longAsString) {
        return (reader) => String(reader.uint64());
      }
      return (reader) => reader.uint64();
    case ScalarType.FIXED64:
      if (longAsString) {
        return (reader) => String(reader.fixed64());
      }
      return (reader) => reader.fixed64();
    case ScalarType.BYTES:
      return (reader) => reader.bytes();
    case ScalarType.FIXED32:
      return (reader) => reader.fixed32();
    case ScalarType.SFIXED32:
      return (reader) => reader.sfixed32();
    case ScalarType.SFIXED64:
      if (longAsString) {
        return (reader) => String(reader.sfixed64());
      }
      return (reader) => reader.sfixed64();
    case ScalarType.SINT64:
      if (longAsString) {
        return (reader) => String(reader.sint64());
      }
      return (reader) => reader.sint64();
    case ScalarType.UINT32:
      return (reader) => reader.uint32();
    case ScalarType.SINT32:
      return (reader) => reader.sint32();
  }
}

// node_modules/@bufbuild/protobuf/dist/esm/codegenv2/file.js
function fileDesc(b64, imports) {
  var _a;
  const root = fromBinary(FileDescriptorProtoSchema, base64Decode(b64));
  root.messageType.forEach(restoreJsonNames);
  root.dependency = (_a = imports === null || imports === void 0 ? void 0 : imports.map((f) => f.proto.name)) !== null && _a !== void 0 ? _a : [];
  const reg = createEmbeddedFileRegistry(root, (protoFileName) => imports === null || imports === void 0 ? void 0 : imports.find((f) => f.proto.name === protoFileName));
  return reg.getFile(root.name);
}

// node_modules/@bufbuild/protobuf/dist/esm/to-binary.js
var IMPLICIT4 = 2;
var LEGACY_REQUIRED2 = 3;
var writeDefaults = {
  writeUnknownFields: true
};
function makeWriteOptions(options) {
  return options ? Object.assign(Object.assign({}, writeDefaults), options) : writeDefaults;
}
function toBinary(schema, message, options) {
  const writer = new BinaryWriter();
  compiledWriter(schema)(writer, makeWriteOptions(options), message);
  return writer.finish();
}
var compiledWriters = /* @__PURE__ */ new WeakMap();
function compiledWriter(desc) {
  let compiled = compiledWriters.get(desc);
  if (compiled === void 0) {
    compiled = compileMessage2(desc);
  }
  return compiled;
}
function compileMessage2(desc) {
  const typeName = desc.typeName;
  const sortedFields = desc.fields.concat().sort((a, b) => a.number - b.number);
  const foreignField = sortedFields[0];
  const fieldWriters = [];
  const compiled = (writer, opts, message) => {
    if (message.$typeName !== typeName && foreignField !== void 0) {
      throw new FieldError(foreignField, `cannot use ${foreignField} with message ${message.$typeName}`, "ForeignFieldError");
    }
    for (let i = 0; i < fieldWriters.length; i++) {
      fieldWriters[i](writer, opts, message);
    }
    const unknown = message.$unknown;
    if (unknown !== void 0 && opts.writeUnknownFields) {
      for (let i = 0; i < unknown.length; i++) {
        const { no, wireType, data } = unknown[i];
        writer.tag(no, wireType).raw(data);
      }
    }
  };
  compiledWriters.set(desc, compiled);
  for (const field of sortedFields) {
    fieldWriters.push(compileField(field));
  }
  return compiled;
}
function compileField(field) {
  switch (field.fieldKind) {
    case "message":
    case "scalar":
    case "enum":
      return compileSingularField(field);
    case "list":
      return compileListField(field);
    case "map":
      return compileMapField(field);
  }
}
function compileSingularField(field) {
  const writeValue = compileSingularValue(field);
  const localName = field.localName;
  if (field.oneof) {
    const oneofLocalName = field.oneof.localName;
    return (writer, opts, message) => {
      const oneof = message[oneofLocalName];
      if (oneof.case === localName) {
        writeValue(writer, opts, oneof.value);
      }
    };
  }
  if (field.presence != IMPLICIT4) {
    const requiredError = field.presence == LEGACY_REQUIRED2 ? `cannot encode ${field} to binary: required field not set` : void 0;
    return (writer, opts, message) => {
      const value = message[localName];
      if (value !== void 0 && Object.prototype.hasOwnProperty.call(message, localName)) {
        writeValue(writer, opts, value);
      } else if (requiredError !== void 0) {
        throw new Error(requiredError);
      }
    };
  }
  if (field.fieldKind == "enum") {
    const zero = field.enum.values[0].number;
    return (writer, opts, message) => {
      const value = message[localName];
      if (value !== zero) {
        writeValue(writer, opts, value);
      }
    };
  }
  switch (field.scalar) {
    case ScalarType.BOOL:
      return (writer, opts, message) => {
        const value = message[localName];
        if (value !== false) {
          writeValue(writer, opts, value);
        }
      };
    case ScalarType.STRING:
      return (writer, opts, message) => {
        const value = message[localName];
        if (value !== "") {
          writeValue(writer, opts, value);
        }
      };
    case ScalarType.BYTES:
      return (writer, opts, message) => {
        const value = message[localName];
        if (!(value instanceof Uint8Array) || value.byteLength > 0) {
          writeValue(writer, opts, value);
        }
      };
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return (writer, opts, message) => {
        const value = message[localName];
        if (!Object.is(value, 0)) {
          writeValue(writer, opts, value);
        }
      };
    default:
      return (writer, opts, message) => {
        const value = message[localName];
        if (value != 0) {
          writeValue(writer, opts, value);
        }
      };
  }
}
function compileSingularValue(field) {
  switch (field.fieldKind) {
    case "message": {
      const { toMessage } = localMessageMapper(field);
      const writeChild = compileChildWriter(field);
      return (writer, opts, value) => {
        writeChild(writer, opts, toMessage(value));
      };
    }
    case "scalar":
    case "enum": {
      const scalarType = field.fieldKind == "enum" ? ScalarType.INT32 : field.scalar;
      const fieldNo = field.number;
      const wireType = writeTypeOfScalar(scalarType);
      const writeScalar = compileScalarValue(scalarType, field.parent.typeName, field.name);
      return (writer, opts, value) => {
        writer.tag(fieldNo, wireType);
        writeScalar(writer, value);
      };
    }
  }
}
function compileListField(field) {
  const localName = field.localName;
  const fieldNo = field.number;
  switch (field.listKind) {
    case "message": {
      const { toMessage } = localMessageMapper(field);
      const writeChild = compileChildWriter(field);
      return (writer, opts, message) => {
        const items = message[localName];
        for (let i = 0; i < items.length; i++) {
          writeChild(writer, opts, toMessage(items[i]));
        }
      };
    }
    case "scalar":
    case "enum": {
      const scalarType = field.listKind == "enum" ? ScalarType.INT32 : field.scalar;
      const writeScalar = compileScalarValue(scalarType, field.parent.typeName, field.name);
      if (field.packed) {
        return (writer, opts, message) => {
          const items = message[localName];
          if (items.length == 0) {
            return;
          }
          writer.tag(fieldNo, WireType.LengthDelimited).fork();
          for (let i = 0; i < items.length; i++) {
            writeScalar(writer, items[i]);
          }
          writer.join();
        };
      }
      const wireType = writeTypeOfScalar(scalarType);
      return (writer, opts, message) => {
        const items = message[localName];
        for (let i = 0; i < items.length; i++) {
          writer.tag(fieldNo, wireType);
          writeScalar(writer, items[i]);
        }
      };
    }
  }
}
function compileMapField(field) {
  const localName = field.localName;
  const fieldNo = field.number;
  const writeKey = compileMapKey(field);
  if (field.mapKind == "message") {
    const { toMessage } = localMessageMapper(field);
    const writeMessage = compiledWriter(field.message);
    return (writer, opts, message) => {
      const record = message[localName];
      const keys = Object.keys(record);
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i];
        writer.tag(fieldNo, WireType.LengthDelimited).fork();
        writeKey(writer, key);
        writer.tag(2, WireType.LengthDelimited).fork();
        writeMessage(writer, opts, toMessage(record[key]));
        writer.join();
        writer.join();
      }
    };
  }
  const scalarType = field.mapKind == "enum" ? ScalarType.INT32 : field.scalar;
  const valueWireType = writeTypeOfScalar(scalarType);
  const writeScalar = compileScalarValue(scalarType, field.parent.typeName, field.name);
  return (writer, opts, message) => {
    const record = message[localName];
    const keys = Object.keys(record);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      writer.tag(fieldNo, WireType.LengthDelimited).fork();
      writeKey(writer, key);
      writer.tag(2, valueWireType);
      writeScalar(writer, record[key]);
      writer.join();
    }
  };
}
function compileMapKey(field) {
  const wireType = writeTypeOfScalar(field.mapKey);
  const writeScalar = compileScalarValue(field.mapKey, field.parent.typeName, field.name);
  const convertKey = compileMapKeyConverter(field.mapKey);
  return (writer, key) => {
    writer.tag(1, wireType);
    writeScalar(writer, convertKey(key));
  };
}
function compileMapKeyConverter(type) {
  switch (type) {
    case ScalarType.STRING:
      return (key) => key;
    case ScalarType.BOOL:
      return (key) => key === "true" ? true : key === "false" ? false : key;
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return (key) => {
        try {
          return protoInt64.uParse(key);
        } catch (_a) {
          return key;
        }
      };
    case ScalarType.INT64:
    case ScalarType.SFIXED64:
    case ScalarType.SINT64:
      return (key) => {
        try {
          return protoInt64.parse(key);
        } catch (_a) {
          return key;
        }
      };
    default:
      return (key) => {
        const n = Number.parseInt(key);
        return Number.isFinite(n) ? n : key;
      };
  }
}
function compileScalarValue(type, messageName, fieldName) {
  const writeScalar = compileScalarWrite(type);
  return (writer, value) => {
    try {
      writeScalar(writer, value);
    } catch (e) {
      if (e instanceof Error) {
        throw new Error(`cannot encode field ${messageName}.${fieldName} to binary: ${e.message}`);
      }
      throw e;
    }
  };
}
function compileScalarWrite(type) {
  switch (type) {
    case ScalarType.STRING:
      return (writer, value) => writer.string(value);
    case ScalarType.BOOL:
      return (writer, value) => writer.bool(value);
    case ScalarType.DOUBLE:
      return (writer, value) => writer.double(value);
    case ScalarType.FLOAT:
      return (writer, value) => writer.float(value);
    case ScalarType.INT32:
      return (writer, value) => writer.int32(value);
    case ScalarType.INT64:
      return (writer, value) => writer.int64(value);
    case ScalarType.UINT64:
      return (writer, value) => writer.uint64(value);
    case ScalarType.FIXED64:
      return (writer, value) => writer.fixed64(value);
    case ScalarType.BYTES:
      return (writer, value) => writer.bytes(value);
    case ScalarType.FIXED32:
      return (writer, value) => writer.fixed32(value);
    case ScalarType.SFIXED32:
      return (writer, value) => writer.sfixed32(value);
    case ScalarType.SFIXED64:
      return (writer, value) => writer.sfixed64(value);
    case ScalarType.SINT64:
      return (writer, value) => writer.sint64(value);
    case ScalarType.UINT32:
      return (writer, value) => writer.uint32(value);
    case ScalarType.SINT32:
      return (writer, value) => writer.sint32(value);
  }
}
function compileChildWriter(field) {
  const fieldNo = field.number;
  const writeMessage = compiledWriter(field.message);
  if (field.delimitedEncoding) {
    return (writer, opts, child) => {
      writer.tag(fieldNo, WireType.StartGroup);
      writeMessage(writer, opts, child);
      writer.tag(fieldNo, WireType.EndGroup);
    };
  }
  return (writer, opts, child) => {
    writer.tag(fieldNo, WireType.LengthDelimited).fork();
    writeMessage(writer, opts, child);
    writer.join();
  };
}
function writeTypeOfScalar(type) {
  switch (type) {
    case ScalarType.BYTES:
    case ScalarType.STRING:
      return WireType.LengthDelimited;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64;
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
    case ScalarType.FLOAT:
      return WireType.Bit32;
    default:
      return WireType.Varint;
  }
}

// src/onnx/generated/onnx_pb.js
var file_onnx = /* @__PURE__ */ fileDesc("Cgpvbm54LnByb3RvEgRvbm54ItsFCg5BdHRyaWJ1dGVQcm90bxIMCgRuYW1lGAEgASgJEhUKDXJlZl9hdHRyX25hbWUYFSABKAkSEgoKZG9jX3N0cmluZxgNIAEoCRIwCgR0eXBlGBQgASgOMiIub25ueC5BdHRyaWJ1dGVQcm90by5BdHRyaWJ1dGVUeXBlEgkKAWYYAiABKAISCQoBaRgDIAEoAxIJCgFzGAQgASgMEhwKAXQYBSABKAsyES5vbm54LlRlbnNvclByb3RvEhsKAWcYBiABKAsyEC5vbm54LkdyYXBoUHJvdG8SLgoNc3BhcnNlX3RlbnNvchgWIAEoCzIXLm9ubnguU3BhcnNlVGVuc29yUHJvdG8SGwoCdHAYDiABKAsyDy5vbm54LlR5cGVQcm90bxIOCgZmbG9hdHMYByADKAISDAoEaW50cxgIIAMoAxIPCgdzdHJpbmdzGAkgAygMEiIKB3RlbnNvcnMYCiADKAsyES5vbm54LlRlbnNvclByb3RvEiAKBmdyYXBocxgLIAMoCzIQLm9ubnguR3JhcGhQcm90bxIvCg5zcGFyc2VfdGVuc29ycxgXIAMoCzIXLm9ubnguU3BhcnNlVGVuc29yUHJvdG8SJAoLdHlwZV9wcm90b3MYDyADKAsyDy5vbm54LlR5cGVQcm90byLZAQoNQXR0cmlidXRlVHlwZRINCglVTkRFRklORUQQABIJCgVGTE9BVBABEgcKA0lOVBACEgoKBlNUUklORxADEgoKBlRFTlNPUhAEEgkKBUdSQVBIEAUSEQoNU1BBUlNFX1RFTlNPUhALEg4KClRZUEVfUFJPVE8QDRIKCgZGTE9BVFMQBhIICgRJTlRTEAcSCwoHU1RSSU5HUxAIEgsKB1RFTlNPUlMQCRIKCgZHUkFQSFMQChISCg5TUEFSU0VfVEVOU09SUxAMEg8KC1RZUEVfUFJPVE9TEA5KBAgMEA1KBAgQEBRSAXYihwEKDlZhbHVlSW5mb1Byb3RvEgwKBG5hbWUYASABKAkSHQoEdHlwZRgCIAEoCzIPLm9ubnguVHlwZVByb3RvEhIKCmRvY19zdHJpbmcYAyABKAkSNAoObWV0YWRhdGFfcHJvcHMYBCADKAsyHC5vbm54LlN0cmluZ1N0cmluZ0VudHJ5UHJvdG8ioQIKCU5vZGVQcm90bxINCgVpbnB1dBgBIAMoCRIOCgZvdXRwdXQYAiADKAkSDAoEbmFtZRgDIAEoCRIPCgdvcF90eXBlGAQgASgJEg4KBmRvbWFpbhgHIAEoCRIQCghvdmVybG9hZBgIIAEoCRInCglhdHRyaWJ1dGUYBSADKAsyFC5vbm54LkF0dHJpYnV0ZVByb3RvEhIKCmRvY19zdHJpbmcYBiABKAkSNAoObWV0YWRhdGFfcHJvcHMYCSADKAsyHC5vbm54LlN0cmluZ1N0cmluZ0VudHJ5UHJvdG8SQQoVZGV2aWNlX2NvbmZpZ3VyYXRpb25zGAogAygLMiIub25ueC5Ob2RlRGV2aWNlQ29uZmlndXJhdGlvblByb3RvIjIKFEludEludExpc3RFbnRyeVByb3RvEgsKA2tleRgBIAEoAxINCgV2YWx1ZRgCIAMoAyKAAQocTm9kZURldmljZUNvbmZpZ3VyYXRpb25Qcm90bxIYChBjb25maWd1cmF0aW9uX2lkGAEgASgJEi4KDXNoYXJkaW5nX3NwZWMYAiADKAsyFy5vbm54LlNoYXJkaW5nU3BlY1Byb3RvEhYKDnBpcGVsaW5lX3N0YWdlGAMgASgFIqMBChFTaGFyZGluZ1NwZWNQcm90bxITCgt0ZW5zb3JfbmFtZRgBIAEoCRIOCgZkZXZpY2UYAiADKAMSPQoZaW5kZXhfdG9fZGV2aWNlX2dyb3VwX21hcBgDIAMoCzIaLm9ubnguSW50SW50TGlzdEVudHJ5UHJvdG8SKgoLc2hhcmRlZF9kaW0YBCADKAsyFS5vbm54LlNoYXJkZWREaW1Qcm90byJVCg9TaGFyZGVkRGltUHJvdG8SDAoEYXhpcxgBIAEoAxI0Cg9zaW1wbGVfc2hhcmRpbmcYAiADKAsyGy5vbm54LlNpbXBsZVNoYXJkZWREaW1Qcm90byJcChVTaW1wbGVTaGFyZGVkRGltUHJvdG8SEwoJZGltX3ZhbHVlGAEgASgDSAASEwoJZGltX3BhcmFtGAIgASgJSAASEgoKbnVtX3NoYXJkcxgDIAEoA0IFCgNkaW0i1gEKEVRyYWluaW5nSW5mb1Byb3RvEigKDmluaXRpYWxpemF0aW9uGAEgASgLMhAub25ueC5HcmFwaFByb3RvEiMKCWFsZ29yaXRobRgCIAEoCzIQLm9ubnguR3JhcGhQcm90bxI8ChZpbml0aWFsaXphdGlvbl9iaW5kaW5nGAMgAygLMhwub25ueC5TdHJpbmdTdHJpbmdFbnRyeVByb3RvEjQKDnVwZGF0ZV9iaW5kaW5nGAQgAygLMhwub25ueC5TdHJpbmdTdHJpbmdFbnRyeVByb3RvIqIDCgpNb2RlbFByb3RvEhIKCmlyX3ZlcnNpb24YASABKAMSLgoMb3BzZXRfaW1wb3J0GAggAygLMhgub25ueC5PcGVyYXRvclNldElkUHJvdG8SFQoNcHJvZHVjZXJfbmFtZRgCIAEoCRIYChBwcm9kdWNlcl92ZXJzaW9uGAMgASgJEg4KBmRvbWFpbhgEIAEoCRIVCg1tb2RlbF92ZXJzaW9uGAUgASgDEhIKCmRvY19zdHJpbmcYBiABKAkSHwoFZ3JhcGgYByABKAsyEC5vbm54LkdyYXBoUHJvdG8SNAoObWV0YWRhdGFfcHJvcHMYDiADKAsyHC5vbm54LlN0cmluZ1N0cmluZ0VudHJ5UHJvdG8SLgoNdHJhaW5pbmdfaW5mbxgUIAMoCzIXLm9ubnguVHJhaW5pbmdJbmZvUHJvdG8SJgoJZnVuY3Rpb25zGBkgAygLMhMub25ueC5GdW5jdGlvblByb3RvEjUKDWNvbmZpZ3VyYXRpb24YGiADKAsyHi5vbm54LkRldmljZUNvbmZpZ3VyYXRpb25Qcm90byJNChhEZXZpY2VDb25maWd1cmF0aW9uUHJvdG8SDAoEbmFtZRgBIAEoCRITCgtudW1fZGV2aWNlcxgCIAEoBRIOCgZkZXZpY2UYAyADKAkiNAoWU3RyaW5nU3RyaW5nRW50cnlQcm90bxILCgNrZXkYASABKAkSDQoFdmFsdWUYAiABKAkiawoQVGVuc29yQW5ub3RhdGlvbhITCgt0ZW5zb3JfbmFtZRgBIAEoCRJCChxxdWFudF9wYXJhbWV0ZXJfdGVuc29yX25hbWVzGAIgAygLMhwub25ueC5TdHJpbmdTdHJpbmdFbnRyeVByb3RvItQDCgpHcmFwaFByb3RvEh0KBG5vZGUYASADKAsyDy5vbm54Lk5vZGVQcm90bxIMCgRuYW1lGAIgASgJEiYKC2luaXRpYWxpemVyGAUgAygLMhEub25ueC5UZW5zb3JQcm90bxIzChJzcGFyc2VfaW5pdGlhbGl6ZXIYDyADKAsyFy5vbm54LlNwYXJzZVRlbnNvclByb3RvEhIKCmRvY19zdHJpbmcYCiABKAkSIwoFaW5wdXQYCyADKAsyFC5vbm54LlZhbHVlSW5mb1Byb3RvEiQKBm91dHB1dBgMIAMoCzIULm9ubnguVmFsdWVJbmZvUHJvdG8SKAoKdmFsdWVfaW5mbxgNIAMoCzIULm9ubnguVmFsdWVJbmZvUHJvdG8SNwoXcXVhbnRpemF0aW9uX2Fubm90YXRpb24YDiADKAsyFi5vbm54LlRlbnNvckFubm90YXRpb24SNAoObWV0YWRhdGFfcHJvcHMYECADKAsyHC5vbm54LlN0cmluZ1N0cmluZ0VudHJ5UHJvdG9KBAgDEARKBAgEEAVKBAgGEApSCmlyX3ZlcnNpb25SEHByb2R1Y2VyX3ZlcnNpb25SDHByb2R1Y2VyX3RhZ1IGZG9tYWluIqIHCgtUZW5zb3JQcm90bxIMCgRkaW1zGAEgAygDEhEKCWRhdGFfdHlwZRgCIAEoBRIqCgdzZWdtZW50GAMgASgLMhkub25ueC5UZW5zb3JQcm90by5TZWdtZW50EhYKCmZsb2F0X2RhdGEYBCADKAJCAhABEhYKCmludDMyX2RhdGEYBSADKAVCAhABEhMKC3N0cmluZ19kYXRhGAYgAygMEhYKCmludDY0X2RhdGEYByADKANCAhABEgwKBG5hbWUYCCABKAkSEgoKZG9jX3N0cmluZxgMIAEoCRIQCghyYXdfZGF0YRgJIAEoDBIzCg1leHRlcm5hbF9kYXRhGA0gAygLMhwub25ueC5TdHJpbmdTdHJpbmdFbnRyeVByb3RvEjUKDWRhdGFfbG9jYXRpb24YDiABKA4yHi5vbm54LlRlbnNvclByb3RvLkRhdGFMb2NhdGlvbhIXCgtkb3VibGVfZGF0YRgKIAMoAUICEAESFwoLdWludDY0X2RhdGEYCyADKARCAhABEjQKDm1ldGFkYXRhX3Byb3BzGBAgAygLMhwub25ueC5TdHJpbmdTdHJpbmdFbnRyeVByb3RvGiUKB1NlZ21lbnQSDQoFYmVnaW4YASABKAMSCwoDZW5kGAIgASgDIo4DCghEYXRhVHlwZRINCglVTkRFRklORUQQABIJCgVGTE9BVBABEgkKBVVJTlQ4EAISCAoESU5UOBADEgoKBlVJTlQxNhAEEgkKBUlOVDE2EAUSCQoFSU5UMzIQBhIJCgVJTlQ2NBAHEgoKBlNUUklORxAIEggKBEJPT0wQCRILCgdGTE9BVDE2EAoSCgoGRE9VQkxFEAsSCgoGVUlOVDMyEAwSCgoGVUlOVDY0EA0SDQoJQ09NUExFWDY0EA4SDgoKQ09NUExFWDEyOBAPEgwKCEJGTE9BVDE2EBASEAoMRkxPQVQ4RTRNM0ZOEBESEgoORkxPQVQ4RTRNM0ZOVVoQEhIOCgpGTE9BVDhFNU0yEBMSEgoORkxPQVQ4RTVNMkZOVVoQFBIJCgVVSU5UNBAVEggKBElOVDQQFhIOCgpGTE9BVDRFMk0xEBcSDgoKRkxPQVQ4RThNMBAYEgkKBVVJTlQyEBkSCAoESU5UMhAaEg4KCkZMT0FUNkUyTTMQGxIOCgpGTE9BVDZFM00yEBwiKQoMRGF0YUxvY2F0aW9uEgsKB0RFRkFVTFQQABIMCghFWFRFUk5BTBABImgKEVNwYXJzZVRlbnNvclByb3RvEiEKBnZhbHVlcxgBIAEoCzIRLm9ubnguVGVuc29yUHJvdG8SIgoHaW5kaWNlcxgCIAEoCzIRLm9ubnguVGVuc29yUHJvdG8SDAoEZGltcxgDIAMoAyKVAQoQVGVuc29yU2hhcGVQcm90bxItCgNkaW0YASADKAsyIC5vbm54LlRlbnNvclNoYXBlUHJvdG8uRGltZW5zaW9uGlIKCURpbWVuc2lvbhITCglkaW1fdmFsdWUYASABKANIABITCglkaW1fcGFyYW0YAiABKAlIABISCgpkZW5vdGF0aW9uGAMgASgJQgcKBXZhbHVlIrcFCglUeXBlUHJvdG8SLQoLdGVuc29yX3R5cGUYASABKAsyFi5vbm54LlR5cGVQcm90by5UZW5zb3JIABIxCg1zZXF1ZW5jZV90eXBlGAQgASgLMhgub25ueC5UeXBlUHJvdG8uU2VxdWVuY2VIABInCghtYXBfdHlwZRgFIAEoCzITLm9ubnguVHlwZVByb3RvLk1hcEgAEjEKDW9wdGlvbmFsX3R5cGUYCSABKAsyGC5vbm54LlR5cGVQcm90by5PcHRpb25hbEgAEjoKEnNwYXJzZV90ZW5zb3JfdHlwZRgIIAEoCzIcLm9ubnguVHlwZVByb3RvLlNwYXJzZVRlbnNvckgAEi0KC29wYXF1ZV90eXBlGAcgASgLMhYub25ueC5UeXBlUHJvdG8uT3BhcXVlSAASEgoKZGVub3RhdGlvbhgGIAEoCRpCCgZUZW5zb3ISEQoJZWxlbV90eXBlGAEgASgFEiUKBXNoYXBlGAIgASgLMhYub25ueC5UZW5zb3JTaGFwZVByb3RvGi4KCFNlcXVlbmNlEiIKCWVsZW1fdHlwZRgBIAEoCzIPLm9ubnguVHlwZVByb3RvGjwKA01hcBIQCghrZXlfdHlwZRgBIAEoBRIjCgp2YWx1ZV90eXBlGAIgASgLMg8ub25ueC5UeXBlUHJvdG8aLgoIT3B0aW9uYWwSIgoJZWxlbV90eXBlGAEgASgLMg8ub25ueC5UeXBlUHJvdG8aSAoMU3BhcnNlVGVuc29yEhEKCWVsZW1fdHlwZRgBIAEoBRIlCgVzaGFwZRgCIAEoCzIWLm9ubnguVGVuc29yU2hhcGVQcm90bxo4CgZPcGFxdWUSDgoGZG9tYWluGAEgASgJEgwKBG5hbWUYAiABKAlKBAgDEARSCnBhcmFtZXRlcnNCBwoFdmFsdWUiNQoST3BlcmF0b3JTZXRJZFByb3RvEg4KBmRvbWFpbhgBIAEoCRIPCgd2ZXJzaW9uGAIgASgDIoYDCg1GdW5jdGlvblByb3RvEgwKBG5hbWUYASABKAkSDQoFaW5wdXQYBCADKAkSDgoGb3V0cHV0GAUgAygJEhEKCWF0dHJpYnV0ZRgGIAMoCRItCg9hdHRyaWJ1dGVfcHJvdG8YCyADKAsyFC5vbm54LkF0dHJpYnV0ZVByb3RvEh0KBG5vZGUYByADKAsyDy5vbm54Lk5vZGVQcm90bxISCgpkb2Nfc3RyaW5nGAggASgJEi4KDG9wc2V0X2ltcG9ydBgJIAMoCzIYLm9ubnguT3BlcmF0b3JTZXRJZFByb3RvEg4KBmRvbWFpbhgKIAEoCRIQCghvdmVybG9hZBgNIAEoCRIoCgp2YWx1ZV9pbmZvGAwgAygLMhQub25ueC5WYWx1ZUluZm9Qcm90bxI0Cg5tZXRhZGF0YV9wcm9wcxgOIAMoCzIcLm9ubnguU3RyaW5nU3RyaW5nRW50cnlQcm90b0oECAIQA0oECAMQBFINc2luY2VfdmVyc2lvblIGc3RhdHVzKoIDCgdWZXJzaW9uEhIKDl9TVEFSVF9WRVJTSU9OEAASGQoVSVJfVkVSU0lPTl8yMDE3XzEwXzEwEAESGQoVSVJfVkVSU0lPTl8yMDE3XzEwXzMwEAISGAoUSVJfVkVSU0lPTl8yMDE3XzExXzMQAxIYChRJUl9WRVJTSU9OXzIwMTlfMV8yMhAEEhgKFElSX1ZFUlNJT05fMjAxOV8zXzE4EAUSGAoUSVJfVkVSU0lPTl8yMDE5XzlfMTkQBhIXChNJUl9WRVJTSU9OXzIwMjBfNV84EAcSGAoUSVJfVkVSU0lPTl8yMDIxXzdfMzAQCBIXChNJUl9WRVJTSU9OXzIwMjNfNV81EAkSGAoUSVJfVkVSU0lPTl8yMDI0XzNfMjUQChIZChVJUl9WRVJTSU9OXzIwMjVfMDVfMTIQCxIZChVJUl9WRVJTSU9OXzIwMjVfMDhfMjYQDBIZChVJUl9WRVJTSU9OXzIwMjVfMTFfMDYQDRIOCgpJUl9WRVJTSU9OEA4qLgoOT3BlcmF0b3JTdGF0dXMSEAoMRVhQRVJJTUVOVEFMEAASCgoGU1RBQkxFEAFCAkgD");
var AttributeProtoSchema = /* @__PURE__ */ messageDesc(file_onnx, 0);
var AttributeProto_AttributeTypeSchema = /* @__PURE__ */ enumDesc(file_onnx, 0, 0);
var AttributeProto_AttributeType = /* @__PURE__ */ tsEnum(AttributeProto_AttributeTypeSchema);
var ValueInfoProtoSchema = /* @__PURE__ */ messageDesc(file_onnx, 1);
var NodeProtoSchema = /* @__PURE__ */ messageDesc(file_onnx, 2);
var ModelProtoSchema = /* @__PURE__ */ messageDesc(file_onnx, 9);
var StringStringEntryProtoSchema = /* @__PURE__ */ messageDesc(file_onnx, 11);
var GraphProtoSchema = /* @__PURE__ */ messageDesc(file_onnx, 13);
var TensorProtoSchema = /* @__PURE__ */ messageDesc(file_onnx, 14);
var TensorProto_DataTypeSchema = /* @__PURE__ */ enumDesc(file_onnx, 14, 0);
var TensorProto_DataType = /* @__PURE__ */ tsEnum(TensorProto_DataTypeSchema);
var TensorProto_DataLocationSchema = /* @__PURE__ */ enumDesc(file_onnx, 14, 1);
var TensorProto_DataLocation = /* @__PURE__ */ tsEnum(TensorProto_DataLocationSchema);
var TypeProtoSchema = /* @__PURE__ */ messageDesc(file_onnx, 17);
var OperatorSetIdProtoSchema = /* @__PURE__ */ messageDesc(file_onnx, 18);

// src/onnx/tensor.ts
var TYPES = /* @__PURE__ */ new Map([
  [TensorProto_DataType.FLOAT, "float32"],
  [TensorProto_DataType.DOUBLE, "float64"],
  [TensorProto_DataType.FLOAT16, "float16"],
  [TensorProto_DataType.INT8, "int8"],
  [TensorProto_DataType.UINT8, "uint8"],
  [TensorProto_DataType.INT16, "int16"],
  [TensorProto_DataType.UINT16, "uint16"],
  [TensorProto_DataType.INT32, "int32"],
  [TensorProto_DataType.UINT32, "uint32"],
  [TensorProto_DataType.INT64, "int64"],
  [TensorProto_DataType.UINT64, "uint64"],
  [TensorProto_DataType.BOOL, "bool"],
  [TensorProto_DataType.STRING, "string"]
]);
var CODES = new Map([...TYPES].map(([code, type]) => [type, code]));
var BITS = new Map([
  ...["UINT2", "INT2"].map((name) => [TensorProto_DataType[name], 2]),
  ...["UINT4", "INT4", "FLOAT4E2M1"].map((name) => [TensorProto_DataType[name], 4]),
  ...["FLOAT6E2M3", "FLOAT6E3M2"].map((name) => [TensorProto_DataType[name], 8]),
  ...["UINT8", "INT8", "BOOL", "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ", "FLOAT8E8M0"].map((name) => [TensorProto_DataType[name], 8]),
  ...["UINT16", "INT16", "FLOAT16", "BFLOAT16"].map((name) => [TensorProto_DataType[name], 16]),
  ...["UINT32", "INT32", "FLOAT"].map((name) => [TensorProto_DataType[name], 32]),
  ...["UINT64", "INT64", "DOUBLE", "COMPLEX64"].map((name) => [TensorProto_DataType[name], 64]),
  [TensorProto_DataType.COMPLEX128, 128]
]);
var sources = /* @__PURE__ */ new WeakMap();
function tensorSource(proto) {
  return sources.get(proto);
}
function sharedBytes(proto) {
  return tensorSource(proto) ?? (proto.rawData.length > 0 ? proto.rawData : void 0);
}
function setTensorSource(proto, source) {
  sources.set(proto, source);
}
function copyTensor(proto) {
  const copy2 = Object.assign(Object.create(Object.getPrototypeOf(proto)), proto);
  const source = sources.get(proto);
  if (source) sources.set(copy2, source);
  return copy2;
}
function isExternal(proto) {
  return proto.dataLocation === TensorProto_DataLocation.EXTERNAL;
}
function tensorType(dataType) {
  return TYPES.get(dataType);
}
function dataTypeOf(type) {
  return CODES.get(type);
}
function dataTypeName(dataType) {
  return TensorProto_DataType[dataType] ?? `type ${dataType}`;
}
function isTensorProto(tensor) {
  return "$typeName" in tensor;
}
function elementCount(proto) {
  return proto.dims.reduce((product, dim) => product * Number(dim), 1);
}
function rawLength(dataType, count) {
  const bits = BITS.get(dataType);
  if (bits === void 0) throw new UserError(`tensors of ${dataTypeName(dataType)} have no raw bytes`);
  return Math.ceil(count * bits / 8);
}
function tensorBytes2(proto) {
  const expected = rawLength(proto.dataType, elementCount(proto));
  const bytes = storedBytes(proto);
  if (bytes.length !== expected) {
    throw new UserError(
      `tensor '${proto.name}' is damaged: ${dataTypeName(proto.dataType)} [${proto.dims.join(", ")}] needs ${expected} bytes and has ${bytes.length}`
    );
  }
  return bytes;
}
function storedBytes(proto) {
  const source = sources.get(proto);
  if (source) return source.read(0, source.length);
  if (isExternal(proto)) throw new Error(`tensor '${proto.name}' has external data that was not loaded`);
  if (Object.hasOwn(proto, "rawData")) return proto.rawData;
  switch (proto.dataType) {
    case TensorProto_DataType.FLOAT:
    case TensorProto_DataType.COMPLEX64:
      return asBytes(Float32Array.from(proto.floatData));
    case TensorProto_DataType.DOUBLE:
    case TensorProto_DataType.COMPLEX128:
      return asBytes(Float64Array.from(proto.doubleData));
    case TensorProto_DataType.INT64:
      return asBytes(BigInt64Array.from(proto.int64Data));
    case TensorProto_DataType.UINT64:
      return asBytes(BigUint64Array.from(proto.uint64Data));
    case TensorProto_DataType.UINT32:
      return asBytes(Uint32Array.from(proto.uint64Data, Number));
    case TensorProto_DataType.INT32:
      return asBytes(Int32Array.from(proto.int32Data));
    default:
      return BITS.get(proto.dataType) === 16 ? asBytes(Uint16Array.from(proto.int32Data)) : Uint8Array.from(proto.int32Data);
  }
}
function asBytes(array) {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
function readTensor2(proto) {
  const type = tensorType(proto.dataType);
  if (type === void 0) {
    throw new UserError(
      `tensor '${proto.name}' has elements of ${dataTypeName(proto.dataType)}, which cannot be read as numbers`
    );
  }
  const dims = proto.dims.map(Number);
  if (type === "string") return { type, dims, data: proto.stringData.map((bytes2) => new TextDecoder().decode(bytes2)) };
  const bytes = tensorBytes2(proto);
  const Values = arrayTypes[type];
  const width = rawLength(proto.dataType, 1);
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  return { type, dims, data: new Values(aligned.buffer, aligned.byteOffset, bytes.length / width) };
}
function tensorProto(tensor, name = "") {
  const dataType = dataTypeOf(tensor.type);
  if (tensor.type === "string") {
    return create(TensorProtoSchema, {
      name,
      dataType,
      dims: tensor.dims.map(BigInt),
      stringData: tensor.data.map((text2) => new TextEncoder().encode(text2))
    });
  }
  return rawTensorProto(dataType, tensor.dims, asBytes(tensor.data), name);
}
function rawTensorProto(dataType, dims, bytes, name = "") {
  const proto = create(TensorProtoSchema, {
    name,
    dataType,
    dims: dims.map(BigInt),
    rawData: bytes
  });
  const expected = rawLength(dataType, elementCount(proto));
  if (bytes.length !== expected) {
    throw new Error(
      `tensor '${name}': ${bytes.length} bytes for ${dataTypeName(dataType)} [${dims.join(", ")}], needs ${expected}`
    );
  }
  return proto;
}
function packNibbles(values) {
  const packed = new Uint8Array(Math.ceil(values.length / 2));
  for (let i = 0; i < values.length; i++) {
    packed[i >> 1] = packed[i >> 1] | (values[i] & 15) << (i & 1) * 4;
  }
  return packed;
}
function unpackNibbles(packed, count, signed) {
  const values = signed ? new Int8Array(count) : new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const nibble = packed[i >> 1] >> (i & 1) * 4 & 15;
    values[i] = signed && nibble > 7 ? nibble - 16 : nibble;
  }
  return values;
}

// src/onnx/copy.ts
function copyMessage(message) {
  return copy(message);
}
function copy(value) {
  if (Array.isArray(value)) return typeof value[0] === "object" ? value.map(copy) : value.slice();
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const result = Object.create(Object.getPrototypeOf(value));
  const isTensor = value.$typeName === TensorProtoSchema.typeName;
  for (const [key, field] of Object.entries(value)) result[key] = isTensor && isPayload(key) ? field : copy(field);
  if (isTensor) {
    const source = tensorSource(value);
    if (source) setTensorSource(result, source);
  }
  return result;
}
function isPayload(key) {
  return key.endsWith("Data") && key !== "externalData";
}

// src/onnx/text.ts
var encoder = new TextEncoder();
var strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
var ESCAPE = 56320;
var LONE_SURROGATE = /[\ud800-\udfff]/u;
function decodeText(bytes) {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeEscaped(bytes);
  }
}
function encodeText(text2) {
  if (!LONE_SURROGATE.test(text2)) return encoder.encode(text2);
  const bytes = [];
  for (const character of text2) {
    const code = character.codePointAt(0);
    if (code >= ESCAPE + 128 && code <= ESCAPE + 255) bytes.push(code - ESCAPE);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}
function decodeEscaped(bytes) {
  let text2 = "";
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at]);
    const part = bytes.subarray(at, at + length);
    let decoded;
    if (length > 0 && part.length === length) {
      try {
        decoded = strict.decode(part);
      } catch {
        decoded = void 0;
      }
    }
    if (decoded === void 0) {
      text2 += String.fromCharCode(ESCAPE + bytes[at]);
      at += 1;
    } else {
      text2 += decoded;
      at += length;
    }
  }
  return text2;
}
function sequenceLength(first) {
  if (first < 128) return 1;
  if (first >= 194 && first < 224) return 2;
  if (first >= 224 && first < 240) return 3;
  if (first >= 240 && first < 245) return 4;
  return 0;
}
configureTextEncoding({
  encodeUtf8: encodeText,
  decodeUtf8: decodeText,
  checkUtf8: (text2) => !LONE_SURROGATE.test(text2)
});

// src/onnx/attributes.ts
var FLOATS = new Set(
  "activation_alpha activation_beta alpha beta bias clip cubic_coeff_a epsilon extrapolation_value gamma height_scale high lambd low max mean min momentum ratio scale scales seed softcap spatial_scale threshold value_float value_floats weights width_scale".split(" ")
);
function makeAttribute(name, value) {
  const attribute = create(AttributeProtoSchema, { name });
  setAttributeValue(attribute, value);
  return attribute;
}
function setAttributeValue(a, value) {
  if (typeof value === "number") setNumber(a, value, FLOATS.has(a.name) || !Number.isInteger(value));
  else if (typeof value === "bigint") setNumber(a, value, false);
  else if (typeof value === "string") {
    a.type = AttributeProto_AttributeType.STRING;
    a.s = encodeText(value);
  } else if (isArray(value)) setList(a, value);
  else if (isMessage(value, TensorProtoSchema)) {
    a.type = AttributeProto_AttributeType.TENSOR;
    a.t = value;
  } else if (isMessage(value, GraphProtoSchema)) {
    a.type = AttributeProto_AttributeType.GRAPH;
    a.g = value;
  } else if ("float" in value) setNumber(a, value.float, true);
  else if ("int" in value) setNumber(a, value.int, false);
  else if ("floats" in value) setNumbers(a, value.floats, true);
  else if ("ints" in value) setNumbers(a, value.ints, false);
  else {
    a.type = AttributeProto_AttributeType.TENSOR;
    a.t = tensorProto(value);
  }
}
function isArray(value) {
  return Array.isArray(value);
}
function setList(a, values) {
  if (values.length === 0) throw new TypeError(`attribute '${a.name}': say { ints: [] } or { floats: [] }`);
  if (typeof values[0] === "string") {
    a.type = AttributeProto_AttributeType.STRINGS;
    a.strings = values.map((text2) => encodeText(text2));
    return;
  }
  const numbers = values;
  const float = FLOATS.has(a.name) || numbers.some((x) => typeof x === "number" && !Number.isInteger(x));
  setNumbers(a, numbers, float);
}
function setNumber(a, value, float) {
  a.type = float ? AttributeProto_AttributeType.FLOAT : AttributeProto_AttributeType.INT;
  if (float) a.f = Math.fround(Number(value));
  else a.i = BigInt(value);
}
function setNumbers(a, values, float) {
  a.type = float ? AttributeProto_AttributeType.FLOATS : AttributeProto_AttributeType.INTS;
  if (float) a.floats = values.map((x) => Math.fround(Number(x)));
  else a.ints = values.map((x) => BigInt(x));
}

// src/onnx/names.ts
var NameScope = class {
  #taken = /* @__PURE__ */ new Set();
  #next = /* @__PURE__ */ new Map();
  add(name) {
    if (name !== "") this.#taken.add(name);
  }
  has(name) {
    return this.#taken.has(name);
  }
  /** `base` where it is free, else `base_1`, `base_2`, ...; the name is taken from then on. */
  fresh(base) {
    const stem = base === "" ? "value" : base;
    let name = stem;
    let count = this.#next.get(stem) ?? 0;
    while (this.#taken.has(name)) {
      count += 1;
      name = `${stem}_${count}`;
    }
    this.#next.set(stem, count);
    this.#taken.add(name);
    return name;
  }
};

// src/onnx/node.ts
var Node = class {
  graph;
  /** Attributes, documentation and unknown fields; the names of inputs and outputs in it are brought up to date on saving. */
  proto;
  #inputs = [];
  #uses = [];
  #outputs = [];
  #subgraphs = /* @__PURE__ */ new Map();
  /** @internal Made by `graph.addNode` or on loading. */
  constructor(graph, proto) {
    this.graph = graph;
    this.proto = proto;
  }
  get name() {
    return this.proto.name;
  }
  /** The operator's type: `Conv`. */
  get op() {
    return this.proto.opType;
  }
  set op(op) {
    this.proto.opType = op;
    this.graph.touch();
  }
  /** '' for the operators of ONNX itself, which files also call `ai.onnx`. */
  get domain() {
    return this.proto.domain === "ai.onnx" ? "" : this.proto.domain;
  }
  set domain(domain) {
    this.proto.domain = domain;
    this.graph.touch();
  }
  /** Whether it is this operator of ONNX itself. */
  is(...ops) {
    return this.domain === "" && ops.includes(this.op);
  }
  get inputs() {
    return this.#inputs;
  }
  get outputs() {
    return this.#outputs;
  }
  input(index) {
    return this.#inputs[index];
  }
  /** An output that must be there; a missing one is a defect of the caller or a broken model. */
  output(index = 0) {
    const value = this.#outputs[index];
    if (value === void 0) throw new UserError(`node '${this.name}' (${this.op}) has no output ${index}`);
    return value;
  }
  /** Reads `value` at input `index` from now on; undefined leaves the input out. Trailing empty inputs are cut. */
  setInput(index, value) {
    const old = this.#uses[index];
    if (old) this.#inputs[index].removeUse(old);
    while (this.#inputs.length < index) {
      this.#inputs.push(void 0);
      this.#uses.push(void 0);
    }
    this.#inputs[index] = value;
    this.#uses[index] = void 0;
    if (value) {
      const use = { node: this, index };
      this.#uses[index] = use;
      value.addUse(use);
    } else {
      while (this.#inputs.length > 0 && this.#inputs.at(-1) === void 0) {
        this.#inputs.pop();
        this.#uses.pop();
      }
    }
    this.graph.touchOrder();
  }
  /** Replaces the whole input list. */
  setInputs(values) {
    for (let i = this.#inputs.length - 1; i >= 0; i--) this.setInput(i, void 0);
    values.forEach((value, i) => {
      if (value) this.setInput(i, value);
    });
  }
  /** The graphs in its attributes (If, Loop, Scan), by attribute. */
  get subgraphs() {
    return [...this.#subgraphs.values()].flat();
  }
  subgraph(attribute) {
    return this.#subgraphs.get(attribute)?.[0];
  }
  /** Puts another graph in the place of one in an attribute; it reads outer values by their names. */
  replaceSubgraph(attribute, proto) {
    const [old, ...others] = this.#subgraphs.get(attribute) ?? [];
    if (!old || others.length > 0) throw new Error(`attribute '${attribute}' does not hold one graph`);
    old.disconnect();
    this.attribute(attribute).g = proto;
    this.#subgraphs.set(attribute, [new Graph(proto, this)]);
    this.graph.touchOrder();
  }
  // Attributes. A getter gives the default where the attribute is absent; one of another type is an error of the model.
  attribute(name) {
    return this.proto.attribute.find((attribute) => attribute.name === name);
  }
  hasAttr(name) {
    return this.attribute(name) !== void 0;
  }
  attrInt(name, fallback) {
    const attribute = this.#typed(name, "i");
    return attribute === void 0 ? fallback : Number(attribute.i);
  }
  attrInts(name, fallback) {
    const attribute = this.#typed(name, "ints");
    return attribute === void 0 ? fallback : attribute.ints.map(Number);
  }
  /** As attrInts, exact beyond 2^53: exporters write 2^63 - 1 for "to the end". */
  attrBigInts(name) {
    return this.#typed(name, "ints")?.ints;
  }
  attrFloat(name, fallback) {
    return this.#typed(name, "f")?.f ?? fallback;
  }
  attrFloats(name, fallback) {
    return this.#typed(name, "floats")?.floats ?? fallback;
  }
  attrString(name, fallback) {
    const attribute = this.#typed(name, "s");
    return attribute === void 0 ? fallback : decodeText(attribute.s);
  }
  attrStrings(name) {
    return this.#typed(name, "strings")?.strings.map(decodeText);
  }
  attrTensor(name) {
    const proto = this.attrTensorProto(name);
    return proto && readTensor2(proto);
  }
  attrTensorProto(name) {
    return this.#typed(name, "t")?.t;
  }
  /** Sets an attribute, or with undefined removes it. Subgraphs are changed as graphs, not here. */
  setAttr(name, value) {
    if (this.#subgraphs.has(name)) throw new Error(`attribute '${name}' holds a graph: change the graph itself`);
    const at = this.proto.attribute.findIndex((attribute) => attribute.name === name);
    if (value === void 0) {
      if (at >= 0) this.proto.attribute.splice(at, 1);
    } else {
      const made = makeAttribute(name, value);
      if (at >= 0) this.proto.attribute[at] = made;
      else this.proto.attribute.push(made);
    }
    this.graph.touch();
  }
  #typed(name, field) {
    const attribute = this.attribute(name);
    if (attribute === void 0) return void 0;
    const list = field === "ints" || field === "floats" || field === "strings";
    const present = list ? attribute[field].length > 0 : Object.hasOwn(attribute, field);
    if (present || Object.hasOwn(attribute, "type") && attribute.type === TYPE_OF[field]) return attribute;
    throw new UserError(`node '${this.name}' (${this.op}): attribute '${name}' is not of type ${NAME_OF[field]}`);
  }
  /** @internal */
  connect(outputs, inputs) {
    this.#outputs = [...outputs];
    outputs.forEach((value, index) => {
      if (value) {
        value.producer = this;
        value.outputIndex = index;
      }
    });
    this.#inputs = [...inputs];
    this.#uses = inputs.map((value, index) => {
      if (value === void 0) return void 0;
      const use = { node: this, index };
      value.addUse(use);
      return use;
    });
    this.#readSubgraphs();
  }
  /** Takes over all attributes of another node; graphs in them read outer values by the names that these have there. */
  copyAttributes(from) {
    this.proto.attribute = from.sync().attribute.map(copyMessage);
    this.#readSubgraphs();
    this.graph.touchOrder();
  }
  #readSubgraphs() {
    for (const attribute of this.proto.attribute) {
      const graphs = attribute.g ? [attribute.g] : attribute.graphs;
      if (graphs.length > 0) {
        this.#subgraphs.set(
          attribute.name,
          graphs.map((proto) => new Graph(proto, this))
        );
      }
    }
  }
  /** @internal Adds an output behind the others. */
  addOutput(value) {
    value.producer = this;
    value.outputIndex = this.#outputs.length;
    this.#outputs.push(value);
    this.graph.touch();
  }
  /** @internal Drops output `index` (its value has no uses); trailing ones are cut. */
  clearOutput(index) {
    this.#outputs[index] = void 0;
    while (this.#outputs.length > 0 && this.#outputs.at(-1) === void 0) this.#outputs.pop();
    this.graph.touch();
  }
  /** @internal Takes output `index` (its value has no uses) out of the list; those behind it move up. */
  spliceOutput(index) {
    this.#outputs.splice(index, 1);
    for (const [at, value] of this.#outputs.entries()) if (value) value.outputIndex = at;
    this.graph.touch();
  }
  /** @internal Lets go of everything it reads, in its subgraphs too. */
  disconnect() {
    this.#inputs.forEach((value, index) => {
      const use = this.#uses[index];
      if (value && use) value.removeUse(use);
    });
    this.#inputs = [];
    this.#uses = [];
    for (const graph of this.subgraphs) graph.disconnect();
  }
  /** @internal Brings the names in the message up to date. */
  sync() {
    this.proto.input = this.#inputs.map((value) => value?.name ?? "");
    this.proto.output = this.#outputs.map((value) => value?.name ?? "");
    for (const graph of this.subgraphs) graph.sync();
    return this.proto;
  }
};
var TYPE_OF = { f: 1, i: 2, s: 3, t: 4, floats: 6, ints: 7, strings: 8 };
var NAME_OF = {
  f: "float",
  i: "int",
  s: "string",
  t: "tensor",
  floats: "floats",
  ints: "ints",
  strings: "strings"
};

// src/onnx/outer-reads.ts
function outerReads(graph) {
  const own = /* @__PURE__ */ new Set();
  const read = [];
  const visit = (each) => {
    own.add(each);
    for (const node of each.unorderedNodes) {
      for (const value of node.inputs) if (value) read.push(value);
      for (const inner of node.subgraphs) visit(inner);
    }
    read.push(...each.outputs);
  };
  visit(graph);
  return read.filter((value) => !own.has(value.graph));
}
function readsOf(node) {
  const inner = node.subgraphs.flatMap(outerReads).filter(({ graph }) => graph === node.graph);
  return [...node.inputs.filter((value) => value !== void 0), ...inner];
}

// src/onnx/order.ts
function topologicalOrder(graph, nodes) {
  const sorted = [];
  const state = /* @__PURE__ */ new Map();
  const stack = [];
  const enter = (node) => {
    state.set(node, "open");
    stack.push({ node, waiting: producers(graph, node).reverse() });
  };
  for (const start of nodes) {
    if (!state.has(start)) enter(start);
    while (stack.length > 0) {
      const top = stack.at(-1);
      const next = top.waiting.pop();
      if (next === void 0) {
        state.set(top.node, "done");
        sorted.push(top.node);
        stack.pop();
      } else if (!state.has(next)) {
        enter(next);
      } else if (state.get(next) === "open") {
        throw new UserError(`the model is not valid: node '${next.name}' (${next.op}) depends on its own output`);
      }
    }
  }
  return sorted;
}
function producers(graph, node) {
  const read = [...node.inputs, ...node.subgraphs.flatMap(outerReads)];
  return read.flatMap((value) => value?.producer && value.graph === graph ? [value.producer] : []);
}

// src/onnx/types.ts
function makeTypeProto(type, dims) {
  return create(TypeProtoSchema, {
    value: {
      case: "tensorType",
      value: {
        elemType: dataTypeOf(type),
        ...dims && {
          shape: {
            dim: dims.map((dim) => {
              if (dim === void 0) return {};
              if (typeof dim === "string") return { value: { case: "dimParam", value: dim } };
              return { value: { case: "dimValue", value: BigInt(dim) } };
            })
          }
        }
      }
    }
  });
}

// src/onnx/value.ts
var Value = class {
  graph;
  /** The node that computes it; undefined for graph inputs and initializers. */
  producer;
  /** Which of the producer's outputs it is. */
  outputIndex = 0;
  /** Its constant, in any storage form. Never change the message: give a new one to `graph.setInitializer`. */
  initializer;
  sparseInitializer;
  /** Its entry in value_info, or as graph input or output. Unset it where a value gets another type. */
  info;
  isGraphInput = false;
  /** How often it is an output of a graph (its own, or a subgraph that returns an outer value). */
  outputCount = 0;
  #name;
  #uses = /* @__PURE__ */ new Set();
  #list;
  constructor(graph, name) {
    this.graph = graph;
    this.#name = name;
  }
  /** Change it with `graph.rename`. */
  get name() {
    return this.#name;
  }
  get isGraphOutput() {
    return this.outputCount > 0;
  }
  /** Every use; a snapshot, so that uses may be changed while walking it. Two uses of an initializer: tied weights. */
  get uses() {
    this.#list ??= [...this.#uses];
    return this.#list;
  }
  /** The nodes that read it, each once. */
  get consumers() {
    return [...new Set(this.uses.map((use) => use.node))];
  }
  /** Neither read by a node nor returned by a graph. */
  get isUnused() {
    return this.#uses.size === 0 && !this.isGraphOutput;
  }
  /** Element type and shape from the initializer or the declared type; what a session says is not known here. */
  get staticInfo() {
    const tensor = this.initializer ?? this.sparseInitializer?.values;
    if (tensor !== void 0) {
      const dims = (this.initializer ?? this.sparseInitializer)?.dims.map(Number);
      return { elementType: tensor.dataType, type: tensorType(tensor.dataType), dims };
    }
    return infoOfType(this.info?.type);
  }
  /** @internal */
  setName(name) {
    this.#name = name;
    if (this.info) this.info.name = name;
  }
  /** @internal */
  addUse(use) {
    this.#uses.add(use);
    this.#list = void 0;
  }
  /** @internal */
  removeUse(use) {
    this.#uses.delete(use);
    this.#list = void 0;
  }
};
function infoOfType(type) {
  if (type?.value.case !== "tensorType" && type?.value.case !== "sparseTensorType") {
    return { elementType: 0, type: void 0, dims: void 0 };
  }
  const { elemType, shape } = type.value.value;
  const dims = shape?.dim.map(({ value }) => {
    if (value.case === "dimValue") return value.value < 0n ? void 0 : Number(value.value);
    return value.case === "dimParam" && value.value !== "" ? value.value : void 0;
  });
  return { elementType: elemType, type: tensorType(elemType), dims };
}

// src/onnx/graph.ts
var Graph = class {
  proto;
  /** The node whose attribute this graph is; undefined for the model's own graph. */
  owner;
  /** Every name in use in the model's graph and all its subgraphs. */
  names;
  #values = /* @__PURE__ */ new Map();
  #nodes = /* @__PURE__ */ new Set();
  #order;
  #inputs = [];
  #outputs = [];
  /** Counts changes; a graph that was not changed keeps its message as it was read. */
  revision = 0;
  /** @throws UserError where the graph is not valid: a name produced twice, read without a producer, or a cycle. */
  constructor(proto, owner) {
    this.proto = proto;
    this.owner = owner;
    this.names = owner?.graph.names ?? new NameScope();
    for (const info of proto.input) {
      const value = this.#define(info.name);
      value.isGraphInput = true;
      value.info = info;
      this.#inputs.push(value);
    }
    for (const tensor of proto.initializer) this.#initializer(tensor.name).initializer = tensor;
    for (const sparse of proto.sparseInitializer) {
      this.#initializer(sparse.values?.name ?? "").sparseInitializer = sparse;
    }
    const outputs = proto.node.map((node) => node.output.map((name) => name === "" ? void 0 : this.#define(name)));
    for (const info of proto.valueInfo) {
      const value = this.#values.get(info.name);
      if (value && !value.info) value.info = info;
    }
    proto.node.forEach((message, i) => {
      const node = new Node(this, message);
      this.names.add(message.name);
      node.connect(
        outputs[i],
        message.input.map((name) => name === "" ? void 0 : this.#read(name, node))
      );
      this.#nodes.add(node);
    });
    for (const declared of proto.output) {
      const value = this.#read(declared.name);
      const info = this.#outputInfo(value) ?? declared;
      value.info = value.graph === this && !value.isGraphInput ? info : value.info;
      value.outputCount += 1;
      this.#outputs.push({ value, info });
    }
  }
  get name() {
    return this.proto.name;
  }
  /** The nodes, producers before consumers; as near to the file's own order as that allows. A snapshot. */
  get nodes() {
    this.#order ??= topologicalOrder(this, [...this.#nodes]);
    return this.#order;
  }
  /** @internal The nodes in the order in which they were added. */
  get unorderedNodes() {
    return this.#nodes;
  }
  /** The inputs that must be fed: those without an initializer (which up to IR version 3 are listed as inputs too). */
  get inputs() {
    return this.#inputs.filter((value) => !value.initializer && !value.sparseInitializer);
  }
  /** All entries of the message's input list. */
  get declaredInputs() {
    return this.#inputs;
  }
  get outputs() {
    return this.#outputs.map(({ value }) => value);
  }
  /** Every value of this graph, outer ones not included. */
  get values() {
    return [...this.#values.values()];
  }
  /** The values with a constant, in file order. */
  get initializers() {
    return this.values.filter((value) => value.initializer);
  }
  /** Inputs or outputs as sessions describe them; those that are no tensors are left out. */
  infos(of) {
    return this[of].flatMap((value) => {
      const { type, dims } = value.staticInfo;
      return type === void 0 ? [] : [{ name: value.name, type, dims: dims ?? [] }];
    });
  }
  /** The value of that name here or in an enclosing graph. */
  value(name) {
    return this.#values.get(name) ?? this.owner?.graph.value(name);
  }
  /** A name that nothing in the model's graphs has, from now on taken. */
  freshName(base) {
    return this.names.fresh(base);
  }
  /** This graph and all graphs in its nodes, outer before inner. */
  *allGraphs() {
    yield this;
    for (const node of this.nodes) for (const graph of node.subgraphs) yield* graph.allGraphs();
  }
  /** The nodes of this graph and of all graphs in it. */
  *allNodes() {
    for (const graph of this.allGraphs()) yield* graph.nodes;
  }
  /** Adds a node; where it stands in the order follows from what it reads and from who reads it. */
  addNode(init) {
    const message = create(NodeProtoSchema, { opType: init.op, name: this.freshName(init.name ?? init.op) });
    if (init.domain) message.domain = init.domain;
    message.attribute = Object.entries(init.attributes ?? {}).map(([name, value]) => makeAttribute(name, value));
    const node = new Node(this, message);
    const outputs = (init.outputs ?? [`${message.name}_output`]).map(
      (wish) => wish === "" ? void 0 : this.#define(this.freshName(wish))
    );
    node.connect(outputs, init.inputs);
    this.#nodes.add(node);
    this.touchOrder();
    return node;
  }
  /** Adds an output to a node. */
  addNodeOutput(node, wish) {
    const value = this.#define(this.freshName(wish));
    node.addOutput(value);
    return value;
  }
  /** Leaves out an optional output that nothing uses. */
  removeNodeOutput(node, index) {
    const value = node.outputs[index];
    if (value) this.#drop(value);
    node.clearOutput(index);
  }
  /** Takes an output that nothing uses out of the list, for operators whose outputs have no fixed places (Loop, Scan). */
  spliceNodeOutput(node, index) {
    const value = node.outputs[index];
    if (value) this.#drop(value);
    node.spliceOutput(index);
  }
  /** Removes a node that nothing depends on any more. */
  removeNode(node) {
    const used = node.outputs.find((value) => value && !value.isUnused);
    if (used) throw new Error(`node '${node.name}' (${node.op}) cannot be removed: '${used.name}' is still used`);
    node.disconnect();
    for (const value of node.outputs) if (value) this.#drop(value);
    this.#nodes.delete(node);
    this.touchOrder();
  }
  /** Adds a constant under a fresh name made from `wish`. */
  addInitializer(wish, tensor) {
    const value = this.#define(this.freshName(wish));
    this.setInitializer(value, tensor);
    return value;
  }
  /** Replaces the node that computes a value by a constant; the node must have no other output. */
  makeInitializer(value, tensor) {
    const node = value.producer;
    if (!node || node.graph !== this || node.outputs.length !== 1)
      throw new Error(`'${value.name}' cannot become a constant`);
    node.disconnect();
    this.#nodes.delete(node);
    value.producer = void 0;
    this.setInitializer(value, tensor);
    this.touchOrder();
  }
  /** Gives a value another constant. */
  setInitializer(value, tensor) {
    const message = isTensorProto(tensor) ? tensor : tensorProto(tensor);
    message.name = value.name;
    value.initializer = message;
    this.touch();
  }
  /** Removes an initializer that nothing uses. */
  removeInitializer(value) {
    if (!value.isUnused) throw new Error(`initializer '${value.name}' is still used`);
    const at = this.#inputs.indexOf(value);
    if (at >= 0) this.#inputs.splice(at, 1);
    this.#drop(value);
    this.touch();
  }
  /** Adds a graph input of exactly this name. */
  addInput({ name, type, dims }) {
    if (this.names.has(name)) throw new Error(`the name '${name}' is taken`);
    this.names.add(name);
    const value = this.#define(name);
    value.info = create(ValueInfoProtoSchema, { name, type: makeTypeProto(type, dims) });
    value.isGraphInput = true;
    this.#inputs.push(value);
    this.touch();
    return value;
  }
  /** Takes a value out of the input list: an initializer becomes a plain constant, an unused input disappears. */
  removeInput(value) {
    const at = this.#inputs.indexOf(value);
    if (at < 0) throw new Error(`'${value.name}' is not an input`);
    if (!value.initializer && !value.sparseInitializer) {
      if (!value.isUnused) throw new Error(`input '${value.name}' is still used`);
      this.#drop(value);
    }
    this.#inputs.splice(at, 1);
    value.isGraphInput = false;
    this.touch();
  }
  /** Makes a value an output as well; without a type, sessions infer it. */
  addOutput(value, info) {
    const message = this.#outputInfo(value) ?? create(ValueInfoProtoSchema, { name: value.name });
    if (info) message.type = makeTypeProto(info.type, info.dims);
    else if (value.info?.type) message.type = value.info.type;
    value.info ??= message;
    value.outputCount += 1;
    this.#outputs.push({ value, info: message });
    this.touch();
  }
  removeOutput(value) {
    const at = this.#outputs.findIndex((output) => output.value === value);
    if (at < 0) throw new Error(`'${value.name}' is not an output`);
    this.#outputs.splice(at, 1);
    value.outputCount -= 1;
    this.touch();
  }
  /** Lets every node (or those uses that `where` picks) read `to` instead of `from`. Graph outputs stay: see replaceAll. */
  replaceUses(from, to, where = () => true) {
    for (const use of from.uses) if (where(use)) use.node.setInput(use.index, to);
  }
  /**
   * Lets every node read `to` and every graph return it under the name that `from` had there. Where `to` cannot take the
   * name (it is an input, an initializer, an output itself, or of another graph), an Identity node carries it.
   */
  replaceAll(from, to) {
    this.replaceUses(from, to);
    while (from.isGraphOutput) this.#moveOutputs(from, to);
  }
  /** All outputs of one graph that are `from`: some exporters list one twice. */
  #moveOutputs(from, to) {
    const graph = this.#graphReturning(from);
    const entries2 = graph.#outputs.filter((output) => output.value === from);
    const infos = entries2.map(({ info }) => info);
    const { name } = infos[0];
    if (from.graph === graph) graph.rename(from, graph.freshName(`${name}_replaced`));
    let carrier = to;
    if (!to.producer || to.isGraphOutput || to.graph !== graph) {
      carrier = graph.addNode({ op: "Identity", inputs: [to], outputs: [name] }).output();
    }
    for (const entry of entries2) {
      entry.value = carrier;
      entry.info.name = name;
    }
    from.outputCount -= entries2.length;
    carrier.outputCount += entries2.length;
    if (from.info && infos.includes(from.info)) from.info = void 0;
    carrier.info = infos[0];
    if (from.graph === graph && carrier.name !== name) graph.#setName(carrier, name);
    graph.touch();
  }
  /** How a value is described that is an output already: one that is listed twice has one description. */
  #outputInfo(value) {
    return value.isGraphOutput ? this.#outputs.find((output) => output.value === value)?.info : void 0;
  }
  #graphReturning(value) {
    for (const graph of value.graph.allGraphs()) {
      if (graph.#outputs.some((output) => output.value === value)) return graph;
    }
    throw new Error(`'${value.name}' is not an output`);
  }
  /** Gives a value another name, which must be free where the value can be seen: graphs side by side may share names. */
  rename(value, name) {
    if (value.name === name) return;
    const seen = this.names.has(name) && (value.graph.value(name) !== void 0 || value.graph.#holds(name));
    if (seen) throw new Error(`the name '${name}' is taken`);
    this.names.add(name);
    value.graph.#setName(value, name);
  }
  #holds(name) {
    if (this.#values.has(name)) return true;
    for (const node of this.#nodes) for (const graph of node.subgraphs) if (graph.#holds(name)) return true;
    return false;
  }
  #setName(value, name) {
    this.#values.delete(value.name);
    value.setName(name);
    if (value.initializer) value.initializer.name = name;
    if (value.sparseInitializer?.values) value.sparseInitializer.values.name = name;
    this.#values.set(name, value);
    this.touch();
    for (const { node } of value.uses) if (node.graph !== this) node.graph.touch();
  }
  /** Notes a change that leaves the order as it is. */
  touch() {
    this.revision += 1;
    this.owner?.graph.touch();
  }
  /** Notes a change after which nodes may stand in another order. */
  touchOrder() {
    this.#order = void 0;
    if (this.owner) this.owner.graph.touchOrder();
    this.revision += 1;
  }
  /** @internal Drops all uses of outer values. */
  disconnect() {
    for (const { value } of this.#outputs) value.outputCount -= 1;
    this.#outputs.length = 0;
    for (const node of this.#nodes) node.disconnect();
  }
  /** @internal Writes the graph into its message, if it was changed. */
  sync() {
    if (this.revision === 0) return;
    const { proto } = this;
    proto.node = this.nodes.map((node) => node.sync());
    proto.input = this.#inputs.map((value) => value.info);
    proto.output = this.#outputs.map(({ value, info }) => {
      info.name = value.name;
      return info;
    });
    proto.initializer = this.values.flatMap((value) => value.initializer ?? []);
    proto.sparseInitializer = this.values.flatMap((value) => value.sparseInitializer ?? []);
    proto.valueInfo = this.values.flatMap((value) => {
      if (!value.info || value.isGraphInput || value.isGraphOutput) return [];
      value.info.name = value.name;
      return value.info;
    });
    proto.quantizationAnnotation = proto.quantizationAnnotation.filter((a) => this.#values.has(a.tensorName));
  }
  #define(name) {
    if (this.#values.has(name)) {
      throw new UserError(`the model is not valid: '${name}' is produced more than once in graph '${this.name}'`);
    }
    const value = new Value(this, name);
    this.names.add(name);
    this.#values.set(name, value);
    return value;
  }
  #initializer(name) {
    const input = this.#values.get(name);
    return input?.isGraphInput && !input.initializer ? input : this.#define(name);
  }
  #read(name, node) {
    const value = this.value(name);
    if (value) return value;
    const who = node ? `node '${node.name}' (${node.op})` : `an output of graph '${this.name}'`;
    throw new UserError(`the model is not valid: ${who} needs '${name}', which nothing produces`);
  }
  #drop(value) {
    this.#values.delete(value.name);
  }
};

// src/onnx/builder.ts
var GraphBuilder = class {
  graph;
  constructor(name = "graph") {
    this.graph = new Graph(create(GraphProtoSchema, { name }));
  }
  input(name, type = "float32", dims = []) {
    return this.graph.addInput({ name, type, dims });
  }
  /** An initializer. A number is a float32 scalar, a list of numbers a float32 vector. */
  constant(value, name = "constant") {
    return this.graph.addInitializer(name, asTensor(value));
  }
  /** Adds a node and gives its first output. */
  op(op, inputs, attributes, options) {
    return this.ops(op, inputs, attributes, options)[0];
  }
  /** Adds a node and gives all its outputs. */
  ops(op, inputs, attributes = {}, { name, domain, outputs = 1 } = {}) {
    const names = typeof outputs === "number" ? Array.from({ length: outputs }, (_, i) => outputName(name ?? op, i)) : outputs;
    const node = this.graph.addNode({
      op,
      inputs,
      attributes,
      outputs: names,
      ...name !== void 0 && { name },
      ...domain !== void 0 && { domain }
    });
    return [...node.outputs];
  }
  /** Makes a value a graph output, under `name` where given. Without a type, sessions infer it. */
  output(value, name = value.name, info) {
    this.graph.rename(value, name);
    this.graph.addOutput(value, info);
    return value;
  }
  /** The finished model; the builder's graph is the model's. */
  build(opset = 21, { domains = {}, irVersion = irVersionOf(opset) } = {}) {
    this.graph.sync();
    const model = new OnnxModel(
      create(ModelProtoSchema, { irVersion: BigInt(irVersion), producerName: "quant-gate", graph: this.graph.proto }),
      void 0,
      this.graph
    );
    model.setOpset("", opset);
    for (const [domain, version] of Object.entries(domains)) model.setOpset(domain, version);
    return model;
  }
};
function asTensor(value) {
  if (typeof value === "number") return { type: "float32", dims: [], data: Float32Array.of(value) };
  if (Array.isArray(value)) return { type: "float32", dims: [value.length], data: Float32Array.from(value) };
  return value;
}
function outputName(stem, index) {
  return index === 0 ? `${stem}_output` : `${stem}_output_${index}`;
}
function irVersionOf(opset) {
  const table = [
    [24, 12],
    [25, 13],
    [23, 11],
    [21, 10],
    [19, 9],
    [15, 8],
    [12, 7],
    [11, 6],
    [10, 5],
    [9, 4]
  ];
  return Math.max(3, ...table.filter(([from]) => opset >= from).map(([, ir]) => ir));
}

// src/onnx/load.ts
import { stat } from "node:fs/promises";
import { dirname as dirname2, join as join2 } from "node:path";

// src/onnx/holders.ts
var holders = /* @__PURE__ */ new Map();
function holdsTensors(schema) {
  let holds = holders.get(schema);
  if (holds === void 0) {
    holds = reaches(schema, /* @__PURE__ */ new Set());
    holders.set(schema, holds);
  }
  return holds;
}
function reaches(schema, seen) {
  if (schema.typeName === TensorProtoSchema.typeName) return true;
  if (seen.has(schema)) return false;
  seen.add(schema);
  return schema.fields.some((field) => field.message !== void 0 && reaches(field.message, seen));
}

// src/onnx/source.ts
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
var MemorySource = class {
  #bytes;
  length;
  constructor(bytes) {
    this.#bytes = bytes;
    this.length = bytes.length;
  }
  read(start, length) {
    return this.#bytes.subarray(start, start + length);
  }
};
var OpenFile = class {
  path;
  length;
  #fd;
  /** @throws the file system's error (ENOENT, EISDIR, ...); ENXIO for a pipe or a device */
  constructor(path) {
    this.path = path;
    this.#fd = openSync(path, readFlags);
    closing.register(this, this.#fd);
    const stat2 = fstatSync(this.#fd);
    checkIsFile(stat2, path);
    this.length = stat2.size;
  }
  read(start, length) {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.length - start)));
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(this.#fd, bytes, at, Math.min(bytes.length - at, 1 << 28), start + at);
      if (count === 0) {
        throw new UserError("the file became shorter while it was read", { position: { file: this.path } });
      }
      at += count;
    }
    return bytes;
  }
};
var closing = new FinalizationRegistry((fd) => closeSync(fd));
var Slice = class {
  #source;
  #offset;
  length;
  constructor(source, offset, length) {
    this.#source = source;
    this.#offset = offset;
    this.length = length;
  }
  read(start, length) {
    return this.#source.read(this.#offset + start, Math.max(0, Math.min(length, this.length - start)));
  }
};

// src/onnx/decode.ts
var WireError = class extends Error {
  name = "WireError";
  at;
  truncated;
  /** Records of known fields that were read before, in the outermost message. */
  records;
  constructor(message, at, truncated = false, records = 0) {
    super(message);
    this.at = at;
    this.truncated = truncated;
    this.records = records;
  }
};
var DEPTH = 100;
var BIG = 1 << 16;
var RAW_DATA = 9;
function decodeModel(source, lazy) {
  const model = create(ModelProtoSchema);
  new Decoder(source, lazy).message(ModelProtoSchema, model, 0, source.length, 0);
  return model;
}
var Decoder = class {
  #source;
  #lazy;
  #wire;
  constructor(source, lazy) {
    this.#source = source;
    this.#lazy = lazy;
    this.#wire = new WireReader(source);
  }
  /** Decodes the message in [start, end): the records around big tensors at once, the big ones one by one. */
  message(schema, target, start, end, depth) {
    if (depth > DEPTH) throw new WireError("messages are nested too deeply", start);
    const wire = this.#wire;
    let pending = start;
    const flush = (until) => {
      if (until > pending) this.#decodeSmall(schema, target, pending, until, depth);
    };
    wire.at = start;
    while (wire.at < end) {
      const record = wire.at;
      const { number, wireType } = wire.tag(end);
      const length = wire.skip(number, wireType, end);
      const body = wire.at - length;
      const field = schema.fields.find((candidate) => candidate.number === number);
      if (depth === 0 && field) wire.records += 1;
      if (!this.#lazy || length < BIG || field === void 0 || wireType !== WireType.LengthDelimited) continue;
      const fieldsOf = target;
      if (schema.typeName === TensorProtoSchema.typeName && number === RAW_DATA) {
        flush(record);
        setTensorSource(target, new Slice(this.#source, body, length));
      } else if (field.message && holdsTensors(field.message)) {
        flush(record);
        const child = field.fieldKind === "message" && fieldsOf[field.localName] || create(field.message);
        this.message(field.message, child, body, body + length, depth + 1);
        if (field.fieldKind === "list") fieldsOf[field.localName].push(child);
        else fieldsOf[field.localName] = child;
      } else {
        continue;
      }
      pending = wire.at;
    }
    flush(end);
    wire.at = end;
  }
  #decodeSmall(schema, target, start, end, depth) {
    const bytes = this.#source.read(start, end - start);
    checkMessage(schema, new WireReader(new MemorySource(bytes), start), bytes.length, depth);
    mergeFromBinary(schema, target, bytes, { recursionLimit: DEPTH - depth });
  }
};
var WireReader = class {
  /** Where it stands in its source. */
  at = 0;
  /** Records of known fields so far, in the outermost message; errors tell it. */
  records = 0;
  #source;
  #base;
  #window = new Uint8Array();
  #windowStart = 0;
  /** @param base where the source begins in the file */
  constructor(source, base = 0) {
    this.#source = source;
    this.#base = base;
  }
  fail(message, at = this.at, truncated = false) {
    return new WireError(message, this.#base + at, truncated, this.records);
  }
  read(start, length) {
    return this.#source.read(start, length);
  }
  tag(end) {
    const at = this.at;
    const tag = this.varint(end);
    const number = Math.floor(tag / 8);
    if (number === 0 || tag > 4294967295) throw this.fail("a field number is not valid", at);
    return { number, wireType: tag % 8 };
  }
  /** Steps over a record's content and gives its length, without the length prefix. */
  skip(number, wireType, end, depth = 0) {
    const start = this.at;
    switch (wireType) {
      case WireType.Varint:
        this.varint(end);
        return this.at - start;
      case WireType.Bit64:
      case WireType.Bit32:
        return this.#advance(wireType === WireType.Bit64 ? 8 : 4, end);
      case WireType.LengthDelimited:
        return this.#advance(this.varint(end), end);
      case WireType.StartGroup:
        if (depth > DEPTH) throw this.fail("messages are nested too deeply", start);
        for (; ; ) {
          const inner = this.tag(end);
          if (inner.wireType === WireType.EndGroup) {
            if (inner.number !== number) throw this.fail("a group ends that did not start", start);
            return this.at - start;
          }
          this.skip(inner.number, inner.wireType, end, depth + 1);
        }
      default:
        throw this.fail("a wire type is not valid", start);
    }
  }
  varint(end) {
    const at = this.at;
    let value = 0;
    for (let i = 0, scale = 1; i < 10; i++, scale *= 128) {
      if (this.at >= end) throw this.fail("a number is cut", at, end === this.#source.length);
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw this.fail("a number is longer than 64 bits", at);
  }
  #advance(length, end) {
    if (this.at + length > end) {
      throw this.fail(`${this.at + length - end} bytes are missing`, this.at, end === this.#source.length);
    }
    this.at += length;
    return length;
  }
  #byte() {
    let offset = this.at - this.#windowStart;
    if (offset < 0 || offset >= this.#window.length) {
      this.#window = this.#source.read(this.at, 4096);
      this.#windowStart = this.at;
      offset = 0;
    }
    this.at += 1;
    return this.#window[offset];
  }
};
function checkMessage(schema, wire, end, depth) {
  if (depth > DEPTH) throw wire.fail("messages are nested too deeply");
  const fields = fieldsByNumber(schema);
  while (wire.at < end) {
    const record = wire.at;
    const { number, wireType } = wire.tag(end);
    const field = fields.get(number);
    const packed = field?.packable === true && wireType === WireType.LengthDelimited;
    if (field && !packed && wireType !== field.wireType) {
      throw wire.fail(`field ${field.name} of ${schema.name} has another type`, record);
    }
    const length = wire.skip(number, wireType, end);
    if (packed) {
      checkPacked(field.wireType, wire, length);
    } else if (field?.message) {
      const after = wire.at;
      wire.at -= length;
      checkMessage(field.message, wire, after, depth + 1);
    }
  }
}
function checkPacked(wireType, wire, length) {
  const width = wireType === WireType.Bit32 ? 4 : wireType === WireType.Bit64 ? 8 : 1;
  const last = width === 1 && length > 0 ? wire.read(wire.at - 1, 1)[0] : 0;
  if (length % width !== 0 || last >= 128) throw wire.fail("a list of numbers is cut");
}
var shapes = /* @__PURE__ */ new Map();
function fieldsByNumber(schema) {
  let found = shapes.get(schema);
  if (found === void 0) {
    found = new Map(
      schema.fields.map((field) => {
        const wireType = field.message ? WireType.LengthDelimited : field.enum ? WireType.Varint : wireTypeOf(field.scalar);
        const packable = field.fieldKind === "list" && wireType !== WireType.LengthDelimited;
        return [field.number, { name: field.name, wireType, packable, message: field.message }];
      })
    );
    shapes.set(schema, found);
  }
  return found;
}
function wireTypeOf(scalar) {
  switch (scalar) {
    case ScalarType.BYTES:
    case ScalarType.STRING:
      return WireType.LengthDelimited;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32;
    default:
      return WireType.Varint;
  }
}

// src/onnx/external.ts
import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";

// src/onnx/foreign.ts
var starts = (...marks) => (head) => marks.some((mark) => head.startsWith(mark));
var text = (head) => head.trimStart().toLowerCase();
var FORMATS = [
  {
    is: starts("version https://git-lfs.github.com/spec/", "version https://hawser.github.com/spec/"),
    message: "is a Git LFS pointer, not the model itself: run `git lfs pull`, or check out with `lfs: true`"
  },
  {
    is: (head) => head.slice(4, 8) === "ORTM",
    message: "is in ONNX Runtime's own ORT format: give the .onnx file that it was made from"
  },
  {
    is: (head) => head.slice(4, 8) === "TFL3",
    message: "is a TensorFlow Lite model: convert it with tf2onnx --tflite"
  },
  {
    is: starts("PK", "PK"),
    message: "is a zip archive, as PyTorch (TorchScript, .pt), Keras and NumPy write: export the model with torch.onnx.export or tf2onnx"
  },
  {
    is: starts("", "", "", ""),
    message: "is a Python pickle, as torch.save writes: load it in Python and export it with torch.onnx.export"
  },
  { is: starts("HDF\r\n"), message: "is an HDF5 file, as Keras writes: convert it with tf2onnx" },
  { is: starts("GGUF"), message: "is a GGUF file: only ONNX models can be quantized here" },
  {
    is: starts("", "BZh", "ý7zXZ", "(µ/ý"),
    message: "is a compressed file: commit the .onnx file in it"
  },
  {
    is: (head) => /^.{8}\{"/s.test(head) && head.includes('"dtype"'),
    message: "is a safetensors file, which has weights but no graph: export the model with torch.onnx.export"
  },
  {
    is: (head) => /^(<!doctype html|<html|<head|<body)/.test(text(head)),
    message: "is an HTML page, not a model: the download answered with a page (a login, an error); fetch the file itself"
  },
  {
    is: (head) => /^<\?xml|^<net/.test(text(head)),
    message: "is an XML file (an OpenVINO model?): give the ONNX model that it was made from"
  },
  { is: (head) => /^\{\s*"/.test(text(head)), message: "is a JSON file, not an ONNX model" },
  {
    is: (head) => head.startsWith("\b") && /serve|tensorflow|MetaGraph|[Pp]laceholder/.test(head),
    message: "is a TensorFlow SavedModel, not an ONNX file: convert its folder with tf2onnx"
  },
  {
    is: (head) => head.length > 0 && /^[\t\n\r\x20-\x7e]+$/.test(head),
    message: "is a text file, not an ONNX model"
  }
];
function foreignFormat(source) {
  if (source.length === 0) return "the file is empty";
  const bytes = source.read(0, Math.min(source.length, 4096));
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  return FORMATS.find(({ is }) => is(head))?.message;
}

// src/onnx/walk.ts
function* tensorsOf(model) {
  if (model.graph) yield* ofGraph(model.graph);
  for (const { initialization, algorithm } of model.trainingInfo) {
    if (initialization) yield* ofGraph(initialization);
    if (algorithm) yield* ofGraph(algorithm);
  }
  for (const { node, attributeProto } of model.functions) {
    yield* ofNodes(node);
    yield* ofAttributes(attributeProto);
  }
}
function* initializersOf(graph) {
  yield* graph.initializer;
  for (const { attribute } of graph.node) {
    for (const { g, graphs } of attribute) {
      if (g) yield* initializersOf(g);
      for (const inner of graphs) yield* initializersOf(inner);
    }
  }
}
function* ofGraph(graph) {
  yield* graph.initializer;
  for (const sparse of graph.sparseInitializer) yield* ofSparse(sparse);
  yield* ofNodes(graph.node);
}
function* ofNodes(nodes) {
  for (const node of nodes) yield* ofAttributes(node.attribute);
}
function* ofAttributes(attributes) {
  for (const attribute of attributes) {
    if (attribute.t) yield attribute.t;
    yield* attribute.tensors;
    if (attribute.sparseTensor) yield* ofSparse(attribute.sparseTensor);
    for (const sparse of attribute.sparseTensors) yield* ofSparse(sparse);
    if (attribute.g) yield* ofGraph(attribute.g);
    for (const graph of attribute.graphs) yield* ofGraph(graph);
  }
}
function* ofSparse({ values, indices }) {
  if (values) yield values;
  if (indices) yield indices;
}

// src/onnx/external.ts
async function bindExternalData(model, path, root) {
  const files = /* @__PURE__ */ new Map();
  for (const tensor of tensorsOf(model)) {
    if (!isExternal(tensor)) continue;
    const { location, offset, length } = entries(tensor, path);
    let file = files.get(location);
    if (file === void 0) {
      file = await openInside(location, tensor, path, root);
      files.set(location, file);
    }
    const needed = rawLength(tensor.dataType, elementCount(tensor));
    if (length !== void 0 && length !== needed) {
      throw new UserError(`tensor '${tensor.name}' needs ${needed} bytes, its external data has ${length}`, {
        position: { file: path }
      });
    }
    if (offset + needed > file.length) {
      const why = foreignFormat(file) ?? "the file is truncated, or of another model";
      throw new UserError(
        `tensor '${tensor.name}' is said to lie at bytes ${offset} to ${offset + needed} of '${location}', which has ${file.length}: ${why}`,
        { position: { file: path } }
      );
    }
    setTensorSource(tensor, new Slice(file, offset, needed));
  }
}
function externalLocations(model) {
  const locations = /* @__PURE__ */ new Set();
  for (const tensor of tensorsOf(model)) {
    if (!isExternal(tensor)) continue;
    const location = tensor.externalData.find(({ key }) => key === "location")?.value;
    if (location) locations.add(location);
  }
  return [...locations];
}
async function externalFiles(model, path, root) {
  const files = /* @__PURE__ */ new Map();
  for (const tensor of tensorsOf(model)) {
    if (!isExternal(tensor)) continue;
    const { location } = entries(tensor, path);
    if (files.has(location)) continue;
    const file = await openInside(location, tensor, path, root);
    if (![...files.values()].some((other) => other.path === file.path)) files.set(location, file);
  }
  return [...files.values()];
}
function entries(tensor, path) {
  const map = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const location = map.get("location");
  if (!location)
    throw new UserError(`tensor '${tensor.name}' has external data without a location`, { position: { file: path } });
  const count = (key) => {
    const text2 = map.get(key);
    if (text2 === void 0) return void 0;
    const number = Number(text2);
    if (!/^\d+$/.test(text2) || !Number.isSafeInteger(number)) {
      throw new UserError(
        `tensor '${tensor.name}': external data has the ${key} '${text2}', which is no number of bytes`,
        { position: { file: path } }
      );
    }
    return number;
  };
  return { location, offset: count("offset") ?? 0, length: count("length") };
}
async function openInside(location, tensor, path, root) {
  const refuse = (why, cause) => new UserError(`tensor '${tensor.name}' has its data in '${location}', ${why}`, { position: { file: path }, cause });
  if (isAbsolute(location) || /^[a-zA-Z]:|^[\\/]/.test(location) || location.includes("\0")) {
    throw refuse("an absolute path; only files beside the model are read");
  }
  const wanted = resolve(dirname(path), location);
  const realRoot = await realpath(root);
  if (!isInside(resolve(root), wanted) && !isInside(realRoot, wanted)) {
    throw refuse(`which is outside of '${root}'; move it there`);
  }
  let real;
  try {
    real = await realpath(wanted);
  } catch (cause) {
    throw refuse("which does not exist; commit it beside the model (with Git LFS: check out with `lfs: true`)", cause);
  }
  if (!isInside(realRoot, real)) throw refuse(`a link to '${real}' outside of '${root}'; put the file itself there`);
  try {
    return new OpenFile(real);
  } catch (cause) {
    throw refuse(`which cannot be opened: ${pathProblem(cause) ?? cause.code}`, cause);
  }
}

// src/onnx/load.ts
var LAZY_ABOVE = 256 << 20;
var LIMIT = 2 ** 31;
var HIGHEST_IR_VERSION = 1000n;
async function loadModel(path, options = {}) {
  const proto = await readFile(path, options.lazy);
  await bindExternalData(proto, path, options.root ?? dirname2(path));
  return new OnnxModel(proto, path);
}
async function modelBytes(path, options = {}) {
  const proto = await readFile(path, true);
  const files = await externalFiles(proto, path, options.root ?? dirname2(path));
  return files.reduce((sum, file) => sum + file.length, (await stat(path)).size);
}
async function externalLocationsOf(path) {
  return externalLocations(await readFile(path, true));
}
async function modelDigest(path, options = {}) {
  const files = await externalFiles(await readFile(path, true), path, options.root ?? dirname2(path));
  const own = await sha256File(path);
  if (files.length === 0) return own;
  return sha256([own, ...await Promise.all(files.map((file) => sha256File(file.path)))].join());
}
async function readFile(path, lazy) {
  let file;
  try {
    file = new OpenFile(path);
  } catch (cause) {
    throw new UserError(await whyNotOpened(path, cause), { position: { file: path }, cause });
  }
  const isLazy = lazy ?? file.length > LAZY_ABOVE;
  return decode(
    isLazy ? file : new MemorySource(file.read(0, Math.min(file.length, LIMIT))),
    path,
    isLazy,
    file.length
  );
}
async function whyNotOpened(path, error) {
  const { code } = error;
  if (code === "ENOENT" || code === "ENOTDIR") return "there is no such file: check the path, or commit the file";
  if (code === "EISDIR") {
    const savedModel = await stat(join2(path, "saved_model.pb")).catch(() => void 0);
    return savedModel ? "is a TensorFlow SavedModel, not an ONNX file: convert it with tf2onnx" : "is a folder, not an ONNX file: name the .onnx file in it";
  }
  return `the file cannot be opened: ${pathProblem(error) ?? code}`;
}
function decode(source, path, lazy, length = source.length) {
  const fail = (message, cause) => new UserError(message, { position: { file: path }, cause });
  const foreign = foreignFormat(source);
  if (foreign) throw fail(foreign);
  if (length >= LIMIT) {
    throw fail("is larger than 2 GB, which no protobuf reader accepts: save the model with external data");
  }
  let proto;
  try {
    proto = decodeModel(source, lazy);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw fail(`the file is damaged: ${cause.message}`, cause);
    const where = `${cause.message} at byte ${cause.at} of ${length}`;
    throw fail(
      cause.truncated && cause.records > 0 ? `the file is truncated (${where}): copy or download it again` : `is not an ONNX model, or a damaged one (${where})`,
      cause
    );
  }
  if (!proto.graph) throw fail("has no graph: it is not an ONNX model, or only the beginning of one");
  if (proto.irVersion < 0n || proto.irVersion > HIGHEST_IR_VERSION) {
    throw fail(`is not an ONNX model, or a damaged one (IR version ${proto.irVersion})`);
  }
  return proto;
}

// src/onnx/save.ts
import { mkdir, open, rm } from "node:fs/promises";
import { basename, dirname as dirname3, join as join3 } from "node:path";

// src/onnx/encode.ts
var BIG2 = 4096;
var RAW_DATA2 = 9;
function encodeModel(model, form = inlineForm) {
  const chunks = [];
  encodeMessage(ModelProtoSchema, model, form, chunks);
  return chunks;
}
function encodedLength(chunks) {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
function inlineForm(tensor) {
  if (!Object.hasOwn(tensor, "rawData") || tensor.rawData.length < BIG2) return { header: tensor };
  const header = shallowCopy(tensor);
  delete header.rawData;
  return { header, raw: tensor.rawData };
}
function shallowCopy(message) {
  return Object.assign(Object.create(Object.getPrototypeOf(message)), message);
}
function encodeMessage(schema, message, form, out) {
  if (schema.typeName === TensorProtoSchema.typeName) {
    encodeTensor(form(message), out);
    return;
  }
  if (!holdsTensors(schema) || !holdsBig(schema, message, form)) {
    push(out, toBinary(schema, message));
    return;
  }
  const record = message;
  for (const field of fieldsInOrder(schema)) {
    if (!Object.hasOwn(record, field.localName)) continue;
    const value = record[field.localName];
    const child = field.message;
    if (child === void 0 || !holdsTensors(child)) {
      push(out, toBinary(schema, partial(schema, { [field.localName]: value })));
    } else {
      for (const item of messages(value)) {
        const inner = [];
        encodeMessage(child, item, form, inner);
        push(out, lengthPrefix(field.number, encodedLength(inner)));
        for (const chunk of inner) push(out, chunk);
      }
    }
  }
  if (message.$unknown?.length) push(out, toBinary(schema, partial(schema, { $unknown: message.$unknown })));
}
function encodeTensor({ header, raw }, out) {
  if (raw === void 0) {
    push(out, toBinary(TensorProtoSchema, header));
    return;
  }
  const before = {};
  const after = {};
  for (const field of TensorProtoSchema.fields) {
    if (!Object.hasOwn(header, field.localName) || field.number === RAW_DATA2) continue;
    const value = header[field.localName];
    (field.number < RAW_DATA2 ? before : after)[field.localName] = value;
  }
  if (header.$unknown) after["$unknown"] = header.$unknown;
  push(out, toBinary(TensorProtoSchema, partial(TensorProtoSchema, before)));
  push(out, lengthPrefix(RAW_DATA2, raw.length));
  push(out, raw);
  push(out, toBinary(TensorProtoSchema, partial(TensorProtoSchema, after)));
}
function holdsBig(schema, message, form) {
  if (schema.typeName === TensorProtoSchema.typeName) {
    const tensor = message;
    const { header, raw } = form(tensor);
    return raw !== void 0 || header !== tensor;
  }
  const record = message;
  return schema.fields.some(
    (field) => field.message !== void 0 && holdsTensors(field.message) && messages(record[field.localName]).some((item) => holdsBig(field.message, item, form))
  );
}
function messages(value) {
  if (value === void 0) return [];
  return Array.isArray(value) ? value : [value];
}
function partial(schema, fields) {
  return Object.assign(create(schema), fields);
}
function push(out, chunk) {
  if (chunk.length === 0) return;
  const last = out.at(-1);
  if (chunk instanceof Uint8Array && chunk.length < BIG2 && last instanceof Joined && last.append(chunk)) return;
  out.push(chunk instanceof Uint8Array && chunk.length < BIG2 ? new Joined(chunk) : chunk);
}
var Joined = class {
  #bytes;
  length;
  constructor(first) {
    this.#bytes = new Uint8Array(Math.max(256, first.length * 2));
    this.#bytes.set(first);
    this.length = first.length;
  }
  append(more) {
    const needed = this.length + more.length;
    if (needed > 1 << 20) return false;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(needed * 2);
      grown.set(this.#bytes.subarray(0, this.length));
      this.#bytes = grown;
    }
    this.#bytes.set(more, this.length);
    this.length = needed;
    return true;
  }
  read(start, length) {
    return this.#bytes.subarray(start, Math.min(start + length, this.length));
  }
};
function lengthPrefix(fieldNumber, length) {
  const bytes = [];
  for (let value of [fieldNumber * 8 + 2, length]) {
    while (value > 127) {
      bytes.push(value % 128 | 128);
      value = Math.floor(value / 128);
    }
    bytes.push(value);
  }
  return Uint8Array.from(bytes);
}
var ordered = /* @__PURE__ */ new Map();
function fieldsInOrder(schema) {
  let fields = ordered.get(schema);
  if (fields === void 0) {
    fields = [...schema.fields].sort((a, b) => a.number - b.number);
    ordered.set(schema, fields);
  }
  return fields;
}

// src/onnx/save.ts
var externalThreshold = 1024;
var LIMIT2 = 2 ** 31 - 1;
var PAGE = 4096;
var PIECE = 8 << 20;
var MOST_PIECES = 1024;
async function saveModel(model, path, options = {}) {
  const { externalData = "auto", durable = true } = options;
  const { proto } = model;
  if (externalData !== "always" && !(externalData === "auto" && hasExternal(proto))) {
    const chunks2 = encodeModel(proto, embeddedForm);
    if (encodedLength(chunks2) <= LIMIT2) return writeFiles([{ path, chunks: chunks2 }], durable);
    if (externalData === "never") {
      throw new UserError("the model is larger than 2 GB and has to keep its weights in an external file", {
        position: { file: path }
      });
    }
  }
  const data = new ExternalWriter(proto, basename(dataPath(path)));
  const chunks = encodeModel(proto, (tensor) => data.form(tensor));
  await writeFiles(
    [
      { path: join3(dirname3(path), data.location), chunks: data.chunks },
      { path, chunks }
    ],
    durable
  );
}
function saveScratch(model, path) {
  return saveModel(model, path, { durable: false });
}
async function removeModel(path) {
  await Promise.all([path, dataPath(path)].map((file) => rm(file, { force: true })));
}
var dataPath = (path) => `${path}.data`;
function modelSize(model) {
  return encodedLength(encodeModel(model.proto, embeddedForm));
}
function modelToBytes(model) {
  const chunks = encodeModel(model.proto, embeddedForm);
  const bytes = new Uint8Array(encodedLength(chunks));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk instanceof Uint8Array ? chunk : chunk.read(0, chunk.length), at);
    at += chunk.length;
  }
  return bytes;
}
function hasExternal(proto) {
  for (const tensor of tensorsOf(proto)) if (isExternal(tensor)) return true;
  return false;
}
function embeddedForm(tensor) {
  const raw = tensorSource(tensor);
  if (raw === void 0 && !isExternal(tensor)) return inlineForm(tensor);
  if (raw === void 0) throw new Error(`tensor '${tensor.name}' has external data that was not loaded`);
  const header = shallowCopy(tensor);
  header.externalData = [];
  delete header.dataLocation;
  return { header, raw };
}
var ExternalWriter = class {
  location;
  chunks = [];
  #initializers;
  #forms = /* @__PURE__ */ new Map();
  #length = 0;
  constructor(model, location) {
    this.#initializers = new Set(model.graph ? initializersOf(model.graph) : []);
    this.location = location;
  }
  form(tensor) {
    let form = this.#forms.get(tensor);
    if (form === void 0) {
      form = this.#place(tensor);
      this.#forms.set(tensor, form);
    }
    return form;
  }
  #place(tensor) {
    if (!this.#initializers.has(tensor) || tensor.dataType === TensorProto_DataType.STRING) return embeddedForm(tensor);
    const raw = tensorSource(tensor) ?? tensorBytes2(tensor);
    if (raw.length < externalThreshold) return embeddedForm(tensor);
    const padding = raw.length >= PAGE ? (PAGE - this.#length % PAGE) % PAGE : 0;
    if (padding > 0) this.chunks.push(new Uint8Array(padding));
    this.chunks.push(raw);
    const offset = this.#length + padding;
    this.#length = offset + raw.length;
    const header = shallowCopy(tensor);
    delete header.rawData;
    for (const field of ["floatData", "doubleData", "int32Data", "int64Data", "uint64Data"])
      header[field] = [];
    header.dataLocation = TensorProto_DataLocation.EXTERNAL;
    header.externalData = Object.entries({ location: this.location, offset, length: raw.length }).map(
      ([key, value]) => create(StringStringEntryProtoSchema, { key, value: String(value) })
    );
    return { header };
  }
};
async function writeFiles(files, durable) {
  const temporaries = files.map(({ path }) => temporaryPath(path));
  try {
    for (const [i, { path, chunks }] of files.entries()) {
      await mkdir(dirname3(path), { recursive: true });
      const file = await open(temporaries[i], "wx");
      try {
        await writeChunks(file, chunks);
        if (durable) await file.sync();
      } finally {
        await file.close();
      }
    }
    for (const [i, { path }] of files.entries()) await replaceFile(temporaries[i], path);
  } catch (error) {
    for (const temporary of temporaries) await rm(temporary, { force: true });
    throw error;
  }
}
async function writeChunks(file, chunks) {
  let pieces = [];
  let bytes = 0;
  const flush = async () => {
    let left = pieces;
    [pieces, bytes] = [[], 0];
    while (left.length > 0) left = behind(left, (await file.writev(left)).bytesWritten);
  };
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE) {
      const length = Math.min(PIECE, chunk.length - at);
      pieces.push(chunk instanceof Uint8Array ? chunk.subarray(at, at + length) : chunk.read(at, length));
      bytes += length;
      if (bytes >= PIECE || pieces.length === MOST_PIECES) await flush();
    }
  }
  await flush();
}
function behind(pieces, written) {
  let from = 0;
  while (from < pieces.length && written >= pieces[from].length) written -= pieces[from++].length;
  return from === pieces.length ? [] : [pieces[from].subarray(written), ...pieces.slice(from + 1)];
}

// src/onnx/model.ts
var OnnxModel = class _OnnxModel {
  /** The file it was read from. */
  path;
  #proto;
  #graph;
  /** `graph` where it was made already from `proto.graph`. */
  constructor(proto, path, graph) {
    this.#proto = proto;
    this.path = path;
    this.#graph = graph;
  }
  get proto() {
    this.#graph?.sync();
    return this.#proto;
  }
  /** @throws UserError that names the file where the graph is not valid (see Graph), or its nodes form a cycle. */
  get graph() {
    this.#graph ??= this.#makeGraph();
    return this.#graph;
  }
  #makeGraph() {
    try {
      const graph = new Graph(this.#proto.graph);
      for (const each of graph.allGraphs()) void each.nodes;
      return graph;
    } catch (error) {
      if (!(error instanceof UserError) || this.path === void 0) throw error;
      throw new UserError(error.message, { position: { file: this.path }, cause: error });
    }
  }
  opset(domain = "") {
    const found = this.#proto.opsetImport.find((entry) => plain(entry.domain) === plain(domain));
    if (found === void 0) return plain(domain) === "" ? 1 : void 0;
    return Number(found.version);
  }
  /** Declares an operator set without converting anything: see upgradeOpset for ONNX's own. */
  setOpset(domain, version) {
    const found = this.#proto.opsetImport.find((entry) => plain(entry.domain) === plain(domain));
    if (found) found.version = BigInt(version);
    else this.#proto.opsetImport.push(create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }));
  }
  /** Functions defined in the model; changed in place. */
  get functions() {
    return this.#proto.functions;
  }
  get irVersion() {
    return Number(this.#proto.irVersion);
  }
  set irVersion(version) {
    this.#proto.irVersion = BigInt(version);
  }
  /** Elements of all floating-point and integer initializers and Constant nodes' tensors, subgraphs included. */
  get parameterCount() {
    let count = 0;
    for (const tensor of constants(this.proto.graph)) count += elementCount(tensor);
    return count;
  }
  /** An independent copy; the tensors' bytes, which nobody changes, are shared. */
  clone() {
    return new _OnnxModel(copyMessage(this.proto), this.path);
  }
};
function plain(domain) {
  return domain === "ai.onnx" ? "" : domain;
}
function* constants(graph) {
  yield* graph.initializer;
  for (const sparse of graph.sparseInitializer) if (sparse.values) yield sparse.values;
  for (const node of graph.node) {
    for (const attribute of node.attribute) {
      if (attribute.t && node.opType === "Constant") yield attribute.t;
      if (attribute.g) yield* constants(attribute.g);
      for (const inner of attribute.graphs) yield* constants(inner);
    }
  }
}

// src/train/emitter.ts
var Emitter = class {
  graph;
  #shapes;
  #constants = /* @__PURE__ */ new Map();
  /** @param shapes of every float value of the graph, as one run of the model gave them */
  constructor(graph, shapes2) {
    this.graph = graph;
    this.#shapes = shapes2;
  }
  /** @throws Error where the value's shape was not recorded */
  shape(value) {
    const shape = this.#shapes.get(value) ?? value.initializer?.dims.map(Number);
    if (!shape) throw new Error(`the shape of '${value.name}' is not known`);
    return shape;
  }
  /** Whether the value's shape was recorded: not where the data decide it. */
  knows(value) {
    return this.#shapes.has(value) || value.initializer !== void 0;
  }
  /** Whether it is known to hold no number at all. */
  isEmpty(value) {
    return this.knows(value) && this.shape(value).includes(0);
  }
  /** Adds a node that gives as much as it takes, also where the data decide how much that is. */
  sameSize(op, inputs) {
    const [x] = inputs;
    if (this.knows(x)) return this.op(op, inputs, this.shape(x));
    return this.graph.addNode({ op, inputs, name: `grad/${op}` }).output();
  }
  setShape(value, shape) {
    this.#shapes.set(value, shape);
    return value;
  }
  /** Adds a node and gives its first output. `shape` is what the node is known to give. */
  op(op, inputs, shape, attributes = {}) {
    return this.setShape(this.graph.addNode({ op, inputs, attributes, name: `grad/${op}` }).output(), shape);
  }
  // ---- constants, each made once ----
  float(value) {
    return this.#constant(`f${value}`, { type: "float32", dims: [], data: Float32Array.of(value) });
  }
  ints(values) {
    return this.#constant(`i${values.join()}`, {
      type: "int64",
      dims: [values.length],
      data: BigInt64Array.from(values, BigInt)
    });
  }
  tensor(dims, data) {
    return this.setShape(this.graph.addInitializer("grad/constant", { type: "float32", dims, data }), dims);
  }
  #constant(key, tensor) {
    let value = this.#constants.get(key);
    if (!value) {
      value = this.setShape(this.graph.addInitializer("grad/constant", tensor), tensor.dims);
      this.#constants.set(key, value);
    }
    return value;
  }
  // ---- elementwise, with numpy's broadcasting ----
  add = (a, b) => this.#binary("Add", a, b);
  sub = (a, b) => this.#binary("Sub", a, b);
  mul = (a, b) => this.#binary("Mul", a, b);
  div = (a, b) => this.#binary("Div", a, b);
  scale = (a, factor) => factor === 1 ? a : this.mul(a, this.float(factor));
  unary = (op, a) => this.op(op, [a], this.shape(a));
  neg = (a) => this.unary("Neg", a);
  #binary(op, a, b) {
    return this.op(op, [a, b], broadcastShape(this.shape(a), this.shape(b)));
  }
  /** 1 where the comparison holds, else 0, as floats. */
  mask(op, a, b) {
    const shape = broadcastShape(this.shape(a), this.shape(b));
    return this.op("Cast", [this.op(op, [a, b], shape)], shape, { to: 1 });
  }
  /** dy where the condition (a bool) holds, else 0. */
  where(condition, a, b) {
    return this.op(
      "Where",
      [condition, a, b],
      broadcastShape(this.shape(condition), broadcastShape(this.shape(a), this.shape(b)))
    );
  }
  // ---- shapes ----
  reshape(value, shape) {
    return sameShape(this.shape(value), shape) ? value : this.op("Reshape", [value, this.ints(shape)], shape);
  }
  transpose(value, perm) {
    const shape = this.shape(value);
    if (perm.every((axis, at) => axis === at)) return value;
    return this.op(
      "Transpose",
      [value],
      perm.map((axis) => shape[axis]),
      { perm: { ints: perm } }
    );
  }
  /** Swaps the last two axes. */
  swap(value) {
    const rank = this.shape(value).length;
    const perm = Array.from({ length: rank }, (_, axis) => axis);
    [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
    return this.transpose(value, perm);
  }
  expand(value, shape) {
    return sameShape(this.shape(value), shape) ? value : this.op("Expand", [value, this.ints(shape)], shape);
  }
  sum(value, axes, keep = true) {
    const shape = this.shape(value);
    if (axes.length === 0) return value;
    const kept2 = shape.map((dim, axis) => axes.includes(axis) ? 1 : dim);
    const result = keep ? kept2 : shape.filter((_, axis) => !axes.includes(axis));
    return this.op("ReduceSum", [value, this.ints(axes)], result, { keepdims: keep ? 1 : 0 });
  }
  mean(value, axes, keep = true) {
    const shape = this.shape(value);
    return this.scale(this.sum(value, axes, keep), 1 / axes.reduce((count, axis) => count * (shape[axis] ?? 1), 1));
  }
  slice(value, starts2, ends, steps2) {
    const shape = this.shape(value);
    const axes = shape.map((_, axis) => axis);
    const result = shape.map(
      (_, axis) => Math.max(0, Math.ceil((ends[axis] - starts2[axis]) / steps2[axis]))
    );
    if (sameShape(result, shape) && steps2.every((step) => step === 1)) return value;
    return this.op("Slice", [value, this.ints(starts2), this.ints(ends), this.ints(axes), this.ints(steps2)], result);
  }
  /** Reverses the given axes. */
  reverse(value, axes) {
    const shape = this.shape(value);
    const reversed = axes.filter((axis) => shape[axis] > 1);
    if (reversed.length === 0) return value;
    return this.op(
      "Slice",
      [
        value,
        this.ints(reversed.map(() => -1)),
        this.ints(reversed.map(() => Number.MIN_SAFE_INTEGER)),
        this.ints(reversed),
        this.ints(reversed.map(() => -1))
      ],
      shape
    );
  }
  /** Zero padding; `begin` and `end` have an entry for every axis. */
  pad(value, begin, end) {
    if ([...begin, ...end].every((count) => count === 0)) return value;
    const shape = this.shape(value).map((dim, axis) => dim + begin[axis] + end[axis]);
    return this.op("Pad", [value, this.ints([...begin, ...end])], shape, { mode: "constant" });
  }
  concat(values, axis) {
    const first = this.shape(values[0]);
    if (values.length === 1) return values[0];
    const total = values.reduce((count, value) => count + this.shape(value)[axis], 0);
    return this.op(
      "Concat",
      values,
      first.map((dim, at) => at === axis ? total : dim),
      { axis }
    );
  }
  matmul(a, b) {
    const [left, right] = [this.shape(a), this.shape(b)];
    const batch = broadcastShape(left.slice(0, -2), right.slice(0, -2));
    return this.op("MatMul", [a, b], [...batch, left.at(-2), right.at(-1)]);
  }
  /** Sums over the axes along which `shape` was broadcast, so that the result has that shape again. */
  unbroadcast(value, shape) {
    const from = this.shape(value);
    const lead = from.length - shape.length;
    const axes = from.flatMap((dim, axis) => axis < lead || shape[axis - lead] === 1 && dim !== 1 ? [axis] : []);
    return this.reshape(this.sum(value, axes), shape);
  }
};
function broadcastShape(a, b) {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const one = a[axis - rank + a.length] ?? 1;
    const other = b[axis - rank + b.length] ?? 1;
    return one === 1 ? other : one;
  });
}
function sameShape(a, b) {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

// src/train/sizes.ts
var trainingOpset = 18;
var usualSteps = { part: 200, whole: 300 };
var deviceSteps = 16;
var loopBytes = 64 * 2 ** 20;
var stepBytes = 0.75 * 2 ** 30;
function largestBatch(samples) {
  return Math.max(1, Math.min(16, Math.floor(samples / 8)));
}
function fixedBatch(model, axes) {
  for (const { name, dims } of model.graph.infos("inputs")) {
    const axis = axes[name];
    const dim = axis === void 0 ? void 0 : dims[axis];
    if (typeof dim === "number") return dim;
  }
  return Object.values(axes).every((axis) => axis === void 0) ? 1 : void 0;
}
function valueBytes(shapes2) {
  let sum = 0;
  for (const shape of shapes2.values()) sum += 4 * sizeOf(shape);
  return sum;
}
var cacheBytes = 512 * 2 ** 20;
var processBytes = 150 * 2 ** 20;
var copiesOfValues = 3;
var copiesOfWeights = 9;
var cachesOfBlock = 4;
function trainingMemory({
  forward,
  weights,
  outputs,
  cut,
  batches
}) {
  const cached = Math.min(cacheBytes, batches * (outputs + cachesOfBlock * cut));
  return processBytes + copiesOfValues * forward + copiesOfWeights * 4 * weights + cached;
}
function bytesAt(shapes2, names) {
  return names.reduce((sum, name) => sum + 4 * sizeOf(shapes2.get(name) ?? []), 0);
}

// src/train/loop-program.ts
var loopNames = {
  step: "quant-gate/loop/step",
  go: "quant-gate/loop/go",
  steps: "quant-gate/loop/steps",
  /** Of each step: Adam's factor on all rates, with the correction of its first moment, and the correction of its second. */
  factor: "quant-gate/loop/factor",
  correction: "quant-gate/loop/correction",
  each: (name) => `quant-gate/each/${name}`,
  norm: "quant-gate/loop/norm",
  first: (parameter) => `quant-gate/first/${parameter}`,
  second: (parameter) => `quant-gate/second/${parameter}`,
  start: (name) => `quant-gate/start/${name}`,
  end: (name) => `quant-gate/end/${name}`,
  losses: "quant-gate/loop/losses"
};
var largest = 3e38;
function loopProgram({ backward, inputs, targets, labels, parameters, loss: lossName, trained, gradients }, rates) {
  if (!backward) throw new Error("a loop of steps needs a backward model");
  const body = backward.clone();
  const { graph } = body;
  const shapes2 = /* @__PURE__ */ new Map();
  const e = new Emitter(graph, shapes2);
  const named = (name) => graph.value(name);
  for (const name of parameters) e.setShape(named(name), named(name).staticInfo.dims);
  const outputs = [lossName, ...gradients].map((name) => named(name));
  for (const output of outputs) graph.removeOutput(output);
  const scalar = (name) => e.setShape(graph.addInput({ name, type: "float32", dims: [] }), []);
  const step = graph.addInput({ name: loopNames.step, type: "int64", dims: [] });
  graph.addInput({ name: loopNames.go, type: "bool", dims: [] });
  const ofStep = (stacked2, shape) => e.op("Gather", [stacked2, step], shape, { axis: 0 });
  const outer = [];
  for (const name of [...inputs, ...targets, ...labels ? [labels.name] : []]) {
    const value = graph.value(name);
    if (!value?.isGraphInput) continue;
    const { type, dims } = value.staticInfo;
    const each = graph.addInput({ name: loopNames.each(name), type, dims: ["steps", ...dims] });
    graph.replaceUses(value, ofStep(each, dims));
    graph.removeInput(value);
    outer.push(each.name);
  }
  const perStep = (name) => {
    outer.push(name);
    return ofStep(graph.addInput({ name, type: "float32", dims: ["steps"] }), []);
  };
  const [factor, correction] = [perStep(loopNames.factor), perStep(loopNames.correction)];
  const [loss, ...found] = outputs;
  e.setShape(loss, []);
  trained.forEach((name, i) => {
    e.setShape(found[i], e.shape(named(name)));
  });
  const squares = found.map((gradient) => e.op("ReduceSumSquare", [gradient], [], { keepdims: 0 }));
  const norm = e.op("Sqrt", [squares.length > 1 ? e.op("Sum", squares, []) : squares[0]], []);
  const normBefore = scalar(loopNames.norm);
  const usual2 = e.where(e.op("Equal", [normBefore, e.float(0)], []), norm, normBefore);
  const most = e.scale(usual2, clipAt);
  const clipping = e.where(e.op("Greater", [norm, most], []), e.div(most, norm), e.float(1));
  const go = e.op("Less", [e.add(norm, e.unary("Abs", loss)), e.float(largest)], []);
  const carried = [];
  trained.forEach((name, i) => {
    const [value, gradient] = [named(name), found[i]];
    const shape = e.shape(value);
    const moment = (of) => e.setShape(graph.addInput({ name: of, type: "float32", dims: shape }), shape);
    const g = e.mul(gradient, clipping);
    const blend = (before, now, beta) => e.add(e.scale(before, beta), e.scale(now, 1 - beta));
    const first = blend(moment(loopNames.first(name)), g, beta1);
    const second = blend(moment(loopNames.second(name)), e.mul(g, g), beta2);
    const size = e.add(e.mul(e.unary("Sqrt", second), correction), e.float(epsilon));
    const rate = e.mul(ratesLike(e, shape, rates.get(name)), factor);
    carried.push(
      { name, after: e.sub(value, e.div(e.mul(first, rate), size)) },
      { name: loopNames.first(name), after: first },
      { name: loopNames.second(name), after: second }
    );
  });
  carried.push({ name: loopNames.norm, after: e.add(e.scale(usual2, 0.9), e.scale(e.mul(norm, clipping), 0.1)) });
  const all = [go, ...carried.map(({ after }) => after), e.where(go, loss, e.float(Number.NaN))];
  for (const value of all) {
    const type = value === go ? "bool" : "float32";
    const output = graph.addNode({ op: "Identity", name: "loop/output", inputs: [value] }).output();
    graph.addOutput(output, { type, dims: e.shape(value) });
  }
  outer.push(...parameters.filter((name) => !trained.includes(name)));
  return around(body, [loopNames.step, loopNames.go, ...carried.map(({ name }) => name)], outer);
}
function stepsThatFit({ backward, parameters }) {
  const fed = backward?.graph.infos("inputs").filter(({ name }) => !parameters.includes(name)) ?? [];
  const bytes = fed.reduce((sum, { dims }) => sum + 4 * sizeOf(dims), 0);
  return Math.max(1, Math.floor(loopBytes / Math.max(bytes, 1)));
}
function ratesLike(e, shape, { rates, inner }) {
  if (rates.length === 1) return e.tensor([], rates);
  const axis = shape.findIndex((dim, at) => dim === rates.length && sizeOf(shape.slice(at + 1)) === inner);
  if (axis < 0) throw new Error(`${rates.length} rates for [${shape}]`);
  return e.tensor([rates.length, ...shape.slice(axis + 1).map(() => 1)], rates);
}
function around(body, declared, outer) {
  const { irVersion, opsetImport, producerName, graph: message } = body.proto;
  const inner = copyMessage(message);
  const graph = new Graph(create(GraphProtoSchema, { name: "steps", initializer: inner.initializer }));
  inner.initializer = [];
  inner.input = declared.map((name) => inner.input.find((info) => info.name === name));
  const carried = declared.slice(2);
  const like = (name, of) => {
    const { type, dims } = body.graph.value(of).staticInfo;
    return graph.addInput({ name, type, dims });
  };
  const steps2 = graph.addInput({ name: loopNames.steps, type: "int64", dims: [] });
  for (const name of outer) like(name, name);
  const loop = graph.addNode({
    op: "Loop",
    name: "steps",
    inputs: [steps2, void 0, ...carried.map((name) => like(loopNames.start(name), name))],
    outputs: [...carried.map(loopNames.end), loopNames.losses],
    attributes: { body: inner }
  });
  for (const output of loop.outputs) graph.addOutput(output);
  graph.sync();
  return new OnnxModel(
    create(ModelProtoSchema, { irVersion, opsetImport, producerName, graph: graph.proto }),
    void 0,
    graph
  );
}

// src/train/loop-stepper.ts
var LoopStepper = class _LoopStepper {
  atOnce;
  #part;
  #loop;
  #parameters;
  #runner;
  #session;
  /** @param part with a loop */
  static async open(part, parameters, runner) {
    const loop = part.loop;
    return new _LoopStepper(part, loop, parameters, runner, await runner.open(loop.model));
  }
  constructor(part, loop, parameters, runner, session) {
    this.atOnce = loop.steps;
    this.#part = part;
    this.#loop = loop;
    this.#parameters = parameters;
    this.#runner = runner;
    this.#session = session;
  }
  async take(steps2, state) {
    const { trained, parameters } = this.#part;
    const perStep = steps2.map(({ factor }, at) => corrections(state.step + at + 1, factor));
    const feeds = {
      [loopNames.steps]: { type: "int64", dims: [], data: BigInt64Array.of(BigInt(steps2.length)) },
      [loopNames.factor]: vector(perStep.map(([first]) => first)),
      [loopNames.correction]: vector(perStep.map(([, second]) => second)),
      ...this.#parameters.feeds(parameters.filter((name) => !trained.includes(name))),
      ...stacked(steps2)
    };
    const carried = this.#carried(state);
    for (const [name, tensor] of carried) feeds[loopNames.start(name)] = tensor;
    const ends = [...carried.keys()].map(loopNames.end);
    const results = await this.#runner.run(this.#session, feeds, [...ends, loopNames.losses]);
    for (const [name, { data }] of carried) {
      data.set(results[loopNames.end(name)].data);
    }
    state.norm = carried.get(loopNames.norm).data[0];
    return [...results[loopNames.losses].data];
  }
  /** What the steps change, over the arrays that are to hold it afterwards. */
  #carried(state) {
    const carried = /* @__PURE__ */ new Map();
    for (const [name, tensor] of Object.entries(this.#parameters.feeds(this.#part.trained))) {
      const { dims } = tensor;
      const { first, second } = state.moments.get(name);
      carried.set(name, tensor);
      carried.set(loopNames.first(name), { type: "float32", dims, data: first });
      carried.set(loopNames.second(name), { type: "float32", dims, data: second });
    }
    return carried.set(loopNames.norm, { type: "float32", dims: [], data: Float32Array.of(state.norm) });
  }
  close() {
    return this.#runner.close(this.#loop.model);
  }
};
function vector(values) {
  return { type: "float32", dims: [values.length], data: Float32Array.from(values) };
}
function stacked(steps2) {
  const samples = steps2.map(({ given }, at) => {
    const inputs = Object.entries(given).map(([name, tensor]) => [
      loopNames.each(name),
      { ...tensor, dims: [1, ...tensor.dims] }
    ]);
    return { id: `step ${at}`, inputs: Object.fromEntries(inputs) };
  });
  return stackFeeds(samples);
}

// src/train/relative-difference.ts
function relativeDifference(found, expected) {
  let [error, energy2] = [0, 1e-30];
  for (const [at, b] of expected.entries()) {
    const a = found[at];
    for (let i = 0; i < b.length; i++) {
      error += (a[i] - b[i]) ** 2;
      energy2 += b[i] ** 2;
    }
  }
  const relative = Math.sqrt(error / energy2);
  return Number.isFinite(relative) ? relative : Number.POSITIVE_INFINITY;
}

// src/train/stepper.ts
var HostStepper = class _HostStepper {
  atOnce = 1;
  #part;
  #parameters;
  #runner;
  #session;
  static async open(part, parameters, runner) {
    return new _HostStepper(part, parameters, runner, await runner.open(part.backward));
  }
  constructor(part, parameters, runner, session) {
    this.#part = part;
    this.#parameters = parameters;
    this.#runner = runner;
    this.#session = session;
  }
  async take(steps2, state) {
    const losses = [];
    for (const [at, step] of steps2.entries()) {
      losses.push(await this.#take(step, state, state.step + at + 1));
      if (Number.isNaN(losses[at])) break;
    }
    return losses;
  }
  async #take({ given, factor }, state, count) {
    const { loss: lossName, trained, gradients: names, parameters } = this.#part;
    const feeds = { ...given, ...this.#parameters.feeds(parameters) };
    const results = await this.#runner.run(this.#session, feeds, [lossName, ...names]);
    const loss = results[lossName].data[0];
    const gradients = names.map((name) => results[name].data);
    const norm = gradientNorm(gradients);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) return Number.NaN;
    const usual2 = state.norm === 0 ? norm : state.norm;
    const scale = norm > clipAt * usual2 ? clipAt * usual2 / norm : 1;
    state.norm = 0.9 * usual2 + 0.1 * norm * scale;
    trained.forEach((name, i) => {
      const moments = state.moments.get(name);
      const gradient = gradients[i];
      adamStep(this.#parameters.value(name), gradient, moments, count, this.#parameters.info(name), factor, scale);
    });
    return loss;
  }
  close() {
    return this.#runner.close(this.#part.backward);
  }
};

// src/train/check-loop.ts
var steps = 2;
var largestDifference = 0.1;
async function checkLoop(part, parameters, runner, given) {
  const before = parameters.snapshot(part.trained);
  const moved = async (open2) => {
    const stepper = await open2();
    try {
      await stepper.take(Array(steps).fill({ given, factor: 1 }), freshState(part.trained, parameters));
      return part.trained.map(
        (name) => parameters.value(name).map((value, i) => value - before.get(name)[i])
      );
    } finally {
      await stepper.close();
      parameters.restore(before);
    }
  };
  const expected = await moved(() => HostStepper.open(part, parameters, runner));
  try {
    const found = await moved(() => LoopStepper.open(part, parameters, runner));
    const worst = relativeDifference(found, expected);
    return worst <= largestDifference ? void 0 : `parameters move ${(100 * worst).toPrecision(3)} % differently`;
  } catch (error) {
    return firstLine(error.message).slice(0, 200);
  }
}

// src/train/distance.ts
var leastEnergy = 1e-24;
function distances(pairs2, kind, batch, axis = -1) {
  const bySample = pairs2.every(({ wanted }) => (wanted.dims[0] ?? 1) % batch === 0);
  const result = new Float64Array(bySample ? batch : 1);
  for (const { got, wanted } of pairs2) {
    const [a, b] = [got.data, wanted.data];
    const size = b.length / result.length;
    const scale = kind === "mse" ? result.length / Math.max(energy(b), b.length * leastEnergy) : 1;
    for (let at = 0; at < result.length; at++) {
      const [x, y] = [a.subarray(at * size, (at + 1) * size), b.subarray(at * size, (at + 1) * size)];
      const own = kind === "kl" ? divergence(x, y, wanted.dims, axis) : scale * squaredError(x, y);
      result[at] = result[at] + own / pairs2.length;
    }
  }
  return result;
}
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
function clearlyNearer(after, before) {
  if (before.length < 2 || !Number.isFinite(mean(after))) return false;
  if (!Number.isFinite(mean(before))) return true;
  const gains = before.map((value, i) => value - after[i]);
  const gain = mean(gains);
  const variance = gains.reduce((sum, value) => sum + (value - gain) ** 2, 0) / (gains.length - 1);
  return gain > Math.sqrt(variance / gains.length);
}
function energy(values) {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}
function squaredError(got, wanted) {
  let error = 0;
  for (let i = 0; i < wanted.length; i++) error += (got[i] - wanted[i]) ** 2;
  return error;
}
function divergence(got, wanted, dims, axis) {
  const row = dims.at(axis) ?? 1;
  const inner = axis === -1 ? 1 : sizeOf(dims.slice(axis + 1));
  const [p, q] = [new Float64Array(row), new Float64Array(row)];
  let sum = 0;
  for (let block = 0; block < wanted.length; block += row * inner) {
    for (let start = block; start < block + inner; start++) {
      logSoftmax(wanted, start, inner, p);
      logSoftmax(got, start, inner, q);
      for (let i = 0; i < row; i++)
        if (p[i] !== -Infinity) sum += Math.exp(p[i]) * (p[i] - q[i]);
    }
  }
  return sum * row / wanted.length;
}
function logSoftmax(values, start, stride, to) {
  let largest2 = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < to.length; i++) largest2 = Math.max(largest2, values[start + i * stride]);
  let sum = 0;
  for (let i = 0; i < to.length; i++) sum += Math.exp(values[start + i * stride] - largest2);
  const shift = largest2 + Math.log(sum);
  for (let i = 0; i < to.length; i++) to[i] = values[start + i * stride] - shift;
}

// src/train/settle.ts
var kept = 0.25;
function settleWeights(weights, logScales, inner, { low, high }) {
  const scales = logScales.map((log) => Math.fround(Math.exp(log)));
  for (let i = 0; i < weights.length; i++) {
    const scale = scales[scales.length === 1 ? 0 : Math.floor(i / inner) % scales.length];
    const weight = weights[i];
    const level = Math.min(Math.max(roundHalfToEven(Math.fround(weight / scale)), low), high);
    weights[i] = level * scale + kept * (weight - level * scale);
  }
}

// src/train/parameters.ts
var Parameters = class {
  values = /* @__PURE__ */ new Map();
  #info = /* @__PURE__ */ new Map();
  constructor(parameters) {
    for (const parameter of parameters) {
      this.#info.set(parameter.name, parameter);
      this.values.set(parameter.name, Float32Array.from(parameter.initial));
    }
  }
  value(name) {
    const value = this.values.get(name);
    if (!value) throw new Error(`no parameter '${name}'`);
    return value;
  }
  info(name) {
    return this.#info.get(name);
  }
  feeds(names) {
    return Object.fromEntries(
      names.map((name) => {
        const { dims } = this.info(name);
        return [name, { type: "float32", dims, data: this.value(name) }];
      })
    );
  }
  snapshot(names) {
    return new Map(names.map((name) => [name, this.value(name).slice()]));
  }
  restore(values) {
    for (const [name, data] of values) this.value(name).set(data);
  }
  /** What the quantized model has. */
  setInitial() {
    for (const [name, { initial }] of this.#info) this.value(name).set(initial);
  }
  /** What the float model has, where that is known. */
  setFloat(names) {
    for (const name of names) {
      const { float } = this.info(name);
      if (float) this.value(name).set(float);
    }
  }
  /**
   * Moves weights towards the middle of the level that they round to. Straight-through training leaves many of them at the
   * edge between two levels, where the smallest step flips them (Nagel et al., ICML 2022, on oscillations); what is
   * computed stays as it is.
   */
  settle(names) {
    for (const name of names) {
      const { levels, inner } = this.info(name);
      if (levels) settleWeights(this.value(name), this.value(levels.logScale), inner, levels);
    }
  }
};

// src/train/part-data.ts
import { createHash } from "node:crypto";
import { readFileSync as readFileSync2 } from "node:fs";
function cutOf(name, cache) {
  if (name === void 0 || !cache) return void 0;
  return (batch) => {
    const [value] = Object.values(cache.get(batch));
    return { [name]: value };
  };
}
function pick(feeds, names) {
  return Object.fromEntries(
    names.map((name) => {
      const tensor = feeds[name];
      if (!tensor) throw new Error(`nothing to feed for '${name}'`);
      return [name, tensor];
    })
  );
}
function keyOf({
  parts,
  whole,
  parameters,
  data,
  training,
  batch,
  heldBack,
  seed,
  steps: steps2,
  budgetMs,
  ...settings
}) {
  const hash = createHash("sha256");
  const shape = [...parts, whole].map(({ name, trained }) => [name, trained]);
  const fed = [data, training].map((each) => each && [each.digest, each.samples]);
  const { version, device, distance, classAxis, enough, wholeFactor } = settings;
  const compared = [version, device, distance, classAxis, enough, wholeFactor];
  hash.update(JSON.stringify([shape, fed, batch, heldBack, seed, steps2, budgetMs, compared]));
  for (const { backward } of [...parts, whole]) if (backward !== void 0) hash.update(readFileSync2(backward));
  for (const { initial, rates } of parameters) {
    for (const array of [initial, rates]) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return hash.digest("hex");
}

// src/train/programs.ts
import { join as join4 } from "node:path";

// src/train/cache.ts
import { closeSync as closeSync2, openSync as openSync2, rmSync, writeSync } from "node:fs";
var TensorCache = class {
  #path;
  #room;
  #memory = /* @__PURE__ */ new Map();
  #stored = /* @__PURE__ */ new Map();
  #bytes = 0;
  #fd;
  #end = 0;
  constructor(path, room) {
    this.#path = path;
    this.#room = room;
  }
  set(batch, tensors) {
    const bytes = Object.values(tensors).reduce((sum, tensor) => sum + tensorBytes(tensor).length, 0);
    if (bytes <= this.#room.left) {
      this.#bytes += bytes;
      this.#room.left -= bytes;
      this.#memory.set(batch, tensors);
      return;
    }
    this.#fd ??= openSync2(this.#path, "w+");
    const stored = {};
    for (const [name, tensor] of Object.entries(tensors)) {
      const data = tensorBytes(tensor);
      for (let done = 0; done < data.length; ) {
        done += writeSync(this.#fd, data, done, data.length - done, this.#end + done);
      }
      stored[name] = { type: tensor.type, dims: tensor.dims, offset: this.#end, bytes: data.length };
      this.#end += Math.ceil(data.length / 64) * 64;
    }
    this.#stored.set(batch, stored);
  }
  get(batch) {
    const kept2 = this.#memory.get(batch);
    if (kept2) return kept2;
    const stored = this.#stored.get(batch);
    if (!stored || this.#fd === void 0) throw new Error(`batch ${batch} is not in ${this.#path}`);
    const fd = this.#fd;
    return Object.fromEntries(Object.entries(stored).map(([name, place]) => [name, readTensor(fd, place)]));
  }
  /** Frees everything; the cache cannot be used any more. */
  drop() {
    this.#memory.clear();
    this.#room.left += this.#bytes;
    this.#bytes = 0;
    this.#stored.clear();
    if (this.#fd === void 0) return;
    closeSync2(this.#fd);
    this.#fd = void 0;
    rmSync(this.#path, { force: true });
  }
};

// src/train/schedule.ts
var leastSteps = 30;
var trainingShare = 0.75;
var passShare = 0.5;
var evaluationsOfWhole = 10;
var leastHeld = 16;
function planSteps(parts, whole, wanted, budgetMs, passes = { parts: 0, whole: 0 }) {
  const schedule = countOut(parts, whole, wanted, budgetMs - passes.parts - passes.whole);
  if (schedule.parts.some((steps2) => steps2 > 0)) return schedule;
  const untrained = parts.map((part) => ({ ...part, stepMs: 0 }));
  const { share } = schedule;
  return { ...countOut(untrained, whole, wanted, budgetMs - passes.whole), share };
}
function usualTime(times) {
  return median(times.slice(Math.min(2, times.length - 1)));
}
function affordableBatches(all, { parts, batch, passMs, budgetMs }) {
  const evaluations2 = parts + evaluationsOfWhole;
  const wanted = passMs * (4 * all.training + (1 + 2 * evaluations2) * all.held);
  const share = coarse(Math.min(1, Math.max(0, budgetMs * passShare) / Math.max(wanted, 1e-9)));
  if (share === 1) return all;
  const least = Math.min(all.held, Math.max(2, Math.ceil(leastHeld / batch)));
  return {
    training: Math.max(1, Math.floor(all.training * share)),
    held: Math.max(least, Math.floor(all.held * share))
  };
}
function countOut(parts, whole, wanted, budgetMs) {
  const available = Math.max(0, budgetMs * trainingShare);
  const wholeMs = whole ? whole.stepMs * wanted.whole : 0;
  const partsMs = parts.reduce((sum, { stepMs }) => sum + stepMs * wanted.part, 0);
  const share = coarse(Math.min(1, available / Math.max(partsMs + wholeMs, 1e-9)));
  const steps2 = parts.map(() => 0);
  if (share === 1) {
    return {
      parts: parts.map(({ stepMs }) => stepMs > 0 ? wanted.part : 0),
      whole: whole && whole.stepMs > 0 ? wanted.whole : 0,
      share
    };
  }
  const wholeIn = (ms) => {
    const affordable = wholeMs > 0 ? Math.floor(wanted.whole * coarse(Math.min(1, ms / wholeMs))) : 0;
    return affordable >= leastSteps ? affordable : 0;
  };
  const wholeSteps = wholeIn(partsMs > 0 ? available / 2 : available);
  let left = available - wholeSteps * (whole?.stepMs ?? 0);
  const worstFirst = parts.map((part, at) => ({ ...part, at })).filter(({ stepMs }) => stepMs > 0).sort((a, b) => b.damage - a.damage || a.at - b.at);
  const raise = (at, stepMs, goal2) => {
    const time = (goal2 - steps2[at]) * stepMs;
    if (left < time) return false;
    steps2[at] = goal2;
    left -= time;
    return true;
  };
  let goal = Math.max(leastSteps, Math.floor(wanted.part * Math.max(share, 0.25)));
  let more = worstFirst.filter(({ at, stepMs }) => raise(at, stepMs, goal)).length === worstFirst.length;
  while (more && goal < wanted.part) {
    goal = Math.min(2 * goal, wanted.part);
    more = worstFirst.every(({ at, stepMs }) => raise(at, stepMs, goal));
  }
  return { parts: steps2, whole: wholeIn(left + wholeSteps * (whole?.stepMs ?? 0)), share };
}
function coarse(share) {
  return share >= 1 ? 1 : 2 ** (Math.floor(4 * Math.log2(share)) / 4);
}

// src/train/programs.ts
var timedSteps = 7;
var leastTimed = 3;
var timingShare = 0.01;
var Programs = class {
  runner;
  batches;
  /** The batches that are trained on, and those that decide. */
  training;
  held;
  /** Of the order of batches. */
  seed;
  #params;
  #parameters;
  /** FP32's outputs, by batch. */
  outputs;
  #caches = 0;
  #room;
  #late;
  /** @param late whether passes between the parts are to end */
  constructor(params, parameters, runner, late) {
    this.runner = runner;
    this.#late = late;
    this.#params = params;
    this.seed = params.seed;
    this.#parameters = parameters;
    const { data, batch, seed, inputs, heldBack } = params;
    this.batches = new Batches(data.store, data.samples, batch, batchAxes(inputs), seed);
    const all = Array.from({ length: this.batches.count }, (_, at) => at);
    this.training = all.slice(0, all.length - heldBack);
    this.held = all.slice(all.length - heldBack);
    this.#room = { left: params.cacheBytes };
    this.outputs = this.cache();
  }
  /** Uses so many of the batches alone. */
  limit({ training, held }) {
    this.training = this.training.slice(0, training);
    this.held = this.held.slice(0, held);
  }
  /** Milliseconds of a batch forward through FP32. */
  async timePass() {
    const { teacher, teacherInputs, teacherOutputs } = this.#params.whole;
    const session = await this.runner.open(teacher);
    const feeds = this.feeds(this.training[0], teacherInputs);
    await this.runner.run(session, feeds, teacherOutputs);
    const begin = performance.now();
    await this.runner.run(session, feeds, teacherOutputs);
    return performance.now() - begin;
  }
  /** The distance of the whole student's outputs from FP32's, for each held-back sample. */
  async evaluate() {
    const { whole, distance: kind, classAxis, batch } = this.#params;
    const session = await this.runner.open(whole.forward);
    const found = [];
    for (const b of this.held) {
      const feeds = { ...this.feeds(b, whole.inputs), ...this.#parameters.feeds(whole.parameters) };
      const got = await this.runner.run(session, feeds, whole.outputs);
      found.push(...distances(pairs(whole, got, this.outputs.get(b)), kind, batch, classAxis));
    }
    return Float64Array.from(found);
  }
  /** One step of each program timed, and each part's own error on FP32 inputs. */
  async measure() {
    const { parts, whole, batch } = this.#params;
    const b = this.training[0];
    const measured = [];
    let cut;
    for (const part of parts) {
      if (this.#late()) {
        measured.push({ stepMs: 0, damage: 0 });
        continue;
      }
      const student = await this.runner.open(part.forward);
      const teacher = await this.runner.open(part.teacher);
      const feeds2 = this.feeds(b, part.inputs, part.cut && cut ? { [part.cut]: cut } : void 0);
      const given = { ...feeds2, ...this.#parameters.feeds(part.parameters) };
      const own = await this.runner.run(student, given, part.outputs);
      const known = part.teacherCut && cut ? { [part.teacherCut]: cut } : void 0;
      const targets = await this.runner.run(teacher, this.feeds(b, part.teacherInputs, known), part.teacherOutputs);
      const begin = performance.now();
      await this.runner.run(student, given, part.outputs);
      await this.runner.run(teacher, this.feeds(b, part.teacherInputs, known), part.teacherOutputs);
      const passMs = performance.now() - begin;
      await this.runner.close(part.forward);
      await this.runner.close(part.teacher);
      const damage = mean(distances(pairs(part, own, targets), "mse", batch));
      measured.push({ stepMs: await this.#time(part, { feeds: feeds2, targets }), damage, passMs });
      cut = targets[part.teacherOutputs[0]];
    }
    if (this.#late()) return { parts: measured, whole: { stepMs: 0, damage: 0 } };
    const feeds = this.feeds(b, whole.inputs);
    return {
      parts: measured,
      whole: { stepMs: await this.#time(whole, { feeds, targets: this.outputs.get(b) }), damage: 0 }
    };
  }
  async #time(part, data) {
    if (part.backward === void 0) return 0;
    const session = await this.runner.open(part.backward);
    const { labels } = part;
    const given = this.stepFeeds(part, { ...data, labels: () => this.batches.labels(0, labels?.dims ?? []) });
    const times = [];
    const began = performance.now();
    while (times.length < timedSteps) {
      const begin = performance.now();
      await this.runner.run(session, given, [part.loss, ...part.gradients]);
      times.push(performance.now() - begin);
      if (times.length >= leastTimed && performance.now() - began > timingShare * this.#params.budgetMs) break;
    }
    await this.runner.close(part.backward);
    return usualTime(times);
  }
  /** FP32's outputs on all batches that are used. */
  async teachOutputs() {
    const { teacher, teacherInputs, teacherOutputs } = this.#params.whole;
    const session = await this.runner.open(teacher);
    for (const b of [...this.training, ...this.held])
      this.outputs.set(b, await this.runner.run(session, this.feeds(b, teacherInputs), teacherOutputs));
    await this.runner.close(teacher);
  }
  /** Runs FP32's part over batches into a cache. @returns false where the budget ended before they did */
  teach(part, cut, to, which = this.training, batches = this.batches) {
    return this.#forwardAll(
      part.teacher,
      part.teacherOutputs,
      to,
      which,
      (b) => this.feeds(b, part.teacherInputs, cut?.(b), batches)
    );
  }
  /** Runs the student's part, as its parameters are now, over the training batches into a cache; else as `teach`. */
  forward(part, cut, to) {
    const parameters = this.#parameters.feeds(part.parameters);
    return this.#forwardAll(part.forward, part.outputs, to, this.training, (b) => ({
      ...this.feeds(b, part.inputs, cut?.(b)),
      ...parameters
    }));
  }
  async #forwardAll(model, outputs, to, which, feeds) {
    const session = await this.runner.open(model);
    let done = 0;
    for (; done < which.length && !this.#late(); done++) {
      const b = which[done];
      to.set(b, await this.runner.run(session, feeds(b), outputs));
    }
    await this.runner.close(model);
    return done === which.length;
  }
  /** What a part is fed on a batch: those of the model's inputs that it reads, and the value at the cut. */
  feeds(b, names, cut, batches = this.batches) {
    if (cut && names.every((name) => Object.hasOwn(cut, name))) return pick(cut, names);
    return pick({ ...batches.feeds(b), ...cut }, names);
  }
  /** Everything that a step of a part is fed. */
  stepFeeds(part, data) {
    return { ...this.stepData(part, data), ...this.#parameters.feeds(part.parameters) };
  }
  /** What a step of a part is fed besides parameters. */
  stepData(part, { feeds, targets, labels }) {
    const given = { ...feeds };
    part.targets.forEach((name, i) => {
      given[name] = targets[part.teacherOutputs[i]];
    });
    if (part.labels && labels) given[part.labels.name] = labels();
    return given;
  }
  cache() {
    return new TensorCache(join4(this.#params.workDir, `cache-${this.#caches++}.bin`), this.#room);
  }
};
function pairs(part, got, wanted) {
  return part.outputs.map((name, i) => ({
    got: got[name],
    wanted: wanted[part.teacherOutputs[i]]
  }));
}

// src/train/gradient-check.ts
var [together, alone, usual] = [0.4, 0.9, 0.5];
var leastNorm = 0.05;
function wrongBy(found, expected, loss) {
  const of = (feeds, names) => names.map((name) => feeds[name].data);
  const difference = (...names) => relativeDifference(of(found, names), of(expected, names));
  const gradients = Object.keys(expected).filter((name) => name !== loss);
  const total = gradientNorm(of(expected, gradients));
  const heavy = gradients.filter((name) => gradientNorm(of(expected, [name])) >= leastNorm * total);
  const several = gradients.filter((name) => expected[name].data.length > 1).map((name) => difference(name));
  const checks = [
    [difference(...gradients), together],
    [difference(loss), together],
    ...heavy.map((name) => [difference(name), alone]),
    ...several.length > 0 ? [[median(several), usual]] : []
  ];
  return checks.find(([value, most]) => !(value <= most))?.[0];
}

// src/train/runner.ts
var Runner = class {
  #context;
  #session;
  constructor(context, session) {
    this.#context = context;
    this.#session = session;
  }
  open(model) {
    return this.#context.sessions.open({ ...this.#session, model });
  }
  close(model) {
    return this.#context.sessions.release({ ...this.#session, model });
  }
  async run(session, feeds, outputs) {
    const { ort } = this.#context;
    const given = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
    const results = await session.run(given, outputs);
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]));
  }
  /**
   * Moves to another provider, if that gives the gradients that the present one gives: some providers ignore attributes
   * (`reduction` of ScatterElements) or lack operators.
   *
   * @param outputs the loss first, then all gradients
   * @returns why it stays where it is
   */
  async moveTo(provider, model, feeds, outputs) {
    const present = this.#session;
    const expected = await this.#once(model, feeds, outputs);
    this.#session = { ...present, provider };
    try {
      const found = await this.#once(model, feeds, outputs);
      const wrong = wrongBy(found, expected, outputs[0]);
      if (wrong === void 0) return void 0;
      this.#session = present;
      return `gradients on ${provider} differ by ${(100 * wrong).toPrecision(3)} % from those on ${present.provider}`;
    } catch (error) {
      this.#session = present;
      return `${provider} cannot run it (${firstLine(error.message).slice(0, 200)})`;
    }
  }
  async #once(model, feeds, outputs) {
    const session = await this.open(model);
    const results = await this.run(session, feeds, outputs);
    await this.close(model);
    return results;
  }
};

// src/train/tier.ts
var evaluations = 8;
var patience = 3;
var tooFar = 2;
var backOff = 0.3;
async function trainTier(tier, best, parameters, programs, events) {
  const { part, steps: steps2, factor, rated } = tier;
  const state = tier.resumed ?? freshState(part.trained, parameters, best);
  const evaluate = async () => {
    const now = await programs.evaluate();
    const [distance, good] = [mean(now), mean(state.goodDistances)];
    const isLost = !Number.isFinite(distance) && Number.isFinite(good);
    if (isLost)
      events.note(`${part.name}: the outputs are not finite after step ${state.step}; the last good state is kept.`);
    if (nearer(now, state.goodDistances)) {
      state.good = parameters.snapshot(part.trained);
      state.goodDistances = now;
      state.stale = 0;
    } else if (rated && state.step < steps2 && (isLost || distance > tooFar * good)) {
      parameters.restore(state.good);
      state.factor *= backOff;
    } else if (state.step > steps2 / 2) state.stale += 1;
    return now;
  };
  const stepper = await tier.open();
  const interval = Math.max(10, Math.floor(steps2 / evaluations));
  let diverged = false;
  while (state.step < steps2 && state.stale < patience && !diverged && !events.late()) {
    const count = Math.min(stepper.atOnce, interval - state.step % interval, steps2 - state.step);
    const next = Array.from({ length: count }, (_, i) => ({
      given: programs.stepData(part, tier.source(batchAt(tier, state.step + i, programs.seed))),
      factor: factor * state.factor * cosine(state.step + i, steps2)
    }));
    for (const loss of await stepper.take(next, state)) {
      diverged = !Number.isFinite(loss);
      if (diverged) break;
      state.step += 1;
      events.step(loss);
    }
    if (diverged || state.step % interval !== 0 || state.step >= steps2) continue;
    if (rated) await evaluate();
    events.checkpoint(state);
  }
  await stepper.close();
  let last;
  if (state.step === 0 && !diverged) last = state.goodDistances;
  else if (diverged) {
    events.note(`${part.name}: the loss diverged at step ${state.step + 1}; the last good state is kept.`);
    last = state.goodDistances;
  } else last = await evaluate();
  return concludeTier(part.name, state, best, parameters, last);
}
function concludeTier(name, state, best, parameters, last = state.goodDistances) {
  const kept2 = nearer(state.goodDistances, best);
  parameters.restore(kept2 ? state.good : state.start);
  return {
    result: {
      name,
      steps: state.step,
      lossBefore: mean(best),
      lossAfter: mean(kept2 ? state.goodDistances : last),
      kept: kept2
    },
    nearer: kept2 ? state.goodDistances : void 0
  };
}
function nearer(now, before) {
  const [a, b] = [mean(now), mean(before)];
  return a < b || Number.isNaN(b) && Number.isFinite(a);
}
function batchesOf(tier, seed) {
  return [...new Set(Array.from({ length: tier.steps }, (_, step) => batchAt(tier, step, seed)))];
}
function batchAt({ batches, at }, step, seed) {
  const epoch = Math.floor(step / batches.length);
  const order = new Random(seed, `part ${at}, epoch ${epoch}`).shuffle([...batches]);
  return order[step % batches.length];
}

// src/train/trainer.ts
var Trainer = class {
  #context;
  #runner;
  #params;
  #parameters;
  #programs;
  #key;
  #deadline;
  #begin = performance.now();
  /** Milliseconds of the budget that were gone at the beginning. */
  #spentBefore;
  #notes = [];
  #tiers = [];
  #schedule = { parts: [], whole: 0, share: 1 };
  #stepMs = [];
  #evaluationMs = 0;
  /** Of a batch forward through FP32. */
  #passMs = 0;
  /** Distance of each held-back sample: of Level 2, and of the best so far. */
  #before = new Float64Array();
  #best = new Float64Array();
  #done = 0;
  #total = 1;
  #saved = performance.now();
  /** The training of a program that was interrupted and did not go on yet. */
  #unfinished;
  #late = false;
  #loops = false;
  constructor(context, params) {
    this.#context = context;
    this.#runner = new Runner(context, params.session);
    this.#params = params;
    this.#deadline = this.#begin + params.budgetMs - params.spentMs;
    this.#spentBefore = params.spentMs;
    this.#parameters = new Parameters(params.parameters);
    this.#programs = new Programs(params, this.#parameters, this.#runner, () => this.#isLate());
    this.#loops = params.device === void 0;
    this.#notes = [...params.notes ?? []];
    this.#key = keyOf(params);
  }
  async run() {
    const { parts, whole, resume, enough } = this.#params;
    const restored = resume ? loadCheckpoint(this.#checkpointPath, this.#key) : void 0;
    if (resume && !restored && existsSync2(this.#checkpointPath))
      this.#note("The training that was interrupted had other settings: this one starts at the beginning.");
    if (restored?.result) return restored.result;
    this.#programs.limit(restored?.batches ?? await this.#affordable());
    await this.#programs.teachOutputs();
    if (restored) this.#restoreAll(restored);
    await this.#chooseDevice();
    if (!restored) {
      await this.#runner.open(whole.forward);
      const begin = performance.now();
      this.#before = await this.#programs.evaluate();
      this.#evaluationMs = performance.now() - begin;
      this.#best = this.#before;
      if (this.#before.length < 2)
        this.#notes.push(
          "A single sample that is held back does not tell whether training helps: give more calibration data."
        );
      else if (mean(this.#before) < enough)
        this.#notes.push("Level 2 is so near to FP32 that there is nothing to win back.");
      else await this.#plan();
    }
    this.#total = this.#schedule.parts.reduce((sum, steps2) => sum + steps2, 0) + this.#schedule.whole;
    await this.#trainParts(restored);
    const { keepBlocks } = this.#params;
    const blocks = keepBlocks && new Map([...this.#parameters.values].map(([name, data]) => [name, data.slice()]));
    await this.#trainWhole(restored);
    this.#leaveUnfinished();
    this.#programs.outputs.drop();
    await this.#runner.close(whole.forward);
    if (this.#late) this.#notes.push("The budget ended before the planned steps did; what was reached is kept.");
    const improved = clearlyNearer(this.#best, this.#before);
    if (!improved) this.#dropTiers();
    const result = {
      parameters: Object.fromEntries(this.#parameters.values),
      ...blocks && { blocks: Object.fromEntries(blocks) },
      tiers: this.#tiers,
      improved,
      before: mean(this.#before),
      after: mean(this.#best),
      steps: this.#tiers.reduce((sum, tier) => sum + tier.steps, 0),
      stepMs: this.#stepMs,
      spentMs: this.#spentMs,
      notes: this.#notes
    };
    this.#save(parts.length, void 0, result);
    return result;
  }
  /** Trains where the policy's target runs, if that gives the right gradients. */
  async #chooseDevice() {
    const { device, whole: part, session } = this.#params;
    if (device === void 0 || device === session.provider) return;
    if (part.backward === void 0) {
      this.#note(`Trained on the CPU: no gradient goes through the whole model, by which ${device} could be checked.`);
      return;
    }
    const programs = this.#programs;
    const b = programs.training[0];
    const data = {
      feeds: programs.feeds(b, part.inputs),
      targets: programs.outputs.get(b),
      labels: () => programs.batches.labels(b, part.labels?.dims ?? [])
    };
    const outputs = [part.loss, ...part.gradients];
    const why = await this.#runner.moveTo(device, part.backward, programs.stepFeeds(part, data), outputs);
    this.#note(why === void 0 ? `Trained on ${device}.` : `Trained on the CPU: ${why}.`);
    if (why !== void 0 || !part.loop) return;
    const alone2 = await checkLoop(part, this.#parameters, this.#runner, programs.stepData(part, data));
    this.#loops = alone2 === void 0;
    if (!this.#loops) this.#note(`Steps are taken one by one, as several in a loop on ${device} fail (${alone2}).`);
  }
  #note(sentence) {
    if (!this.#notes.includes(sentence)) this.#notes.push(sentence);
  }
  /** Whether what is left of the budget is what the evaluation at the end takes. */
  #isLate() {
    this.#late ||= performance.now() > this.#deadline - this.#evaluationMs;
    return this.#late;
  }
  /** As many batches as the budget has passes for. */
  async #affordable() {
    const { parts, batch, budgetMs } = this.#params;
    const { training, held } = this.#programs;
    const all = { training: training.length, held: held.length };
    this.#passMs = await this.#programs.timePass();
    const left = this.#deadline - performance.now();
    const some = affordableBatches(all, { parts: parts.length, batch, passMs: this.#passMs, budgetMs: left });
    if (some.training < all.training || some.held < all.held) {
      this.#notes.push(
        `The budget of ${Math.round(budgetMs / 1e3)} s is too short for passes over all samples: ${some.training * batch} are trained on, ${some.held * batch} held back.`
      );
    }
    return some;
  }
  /** One step of each program is timed; how many there will be follows from the budget. */
  async #plan() {
    const { steps: steps2, budgetMs, training } = this.#params;
    const { parts, whole } = await this.#programs.measure();
    this.#stepMs = [...parts, whole].map(({ stepMs }) => stepMs);
    const evaluations2 = parts.filter(({ stepMs }) => stepMs > 0).length + 1;
    const passMs = parts.reduce((sum, part) => sum + (part.passMs ?? 0), 0);
    const labelled = training ? Math.min(steps2.whole, Math.floor(training.samples.length / this.#params.batch)) : 0;
    this.#schedule = planSteps(parts, whole, steps2, this.#deadline - performance.now(), {
      parts: evaluations2 * this.#evaluationMs + this.#programs.training.length * passMs,
      whole: evaluationsOfWhole * this.#evaluationMs + labelled * this.#passMs
    });
    if (this.#schedule.share >= 1) return;
    const percent = Math.round(this.#schedule.share * 100);
    this.#notes.push(
      `The budget of ${Math.round(budgetMs / 1e3)} s holds about ${percent} % of the usual training steps; the blocks with the largest error come first.`
    );
  }
  /** Part after part, each on inputs that the trained parts before it give. */
  async #trainParts(restored) {
    const { parts } = this.#params;
    const programs = this.#programs;
    const last = this.#schedule.parts.findLastIndex((steps2) => steps2 > 0);
    if (restored && restored.part >= parts.length) {
      this.#done += this.#schedule.parts.reduce((sum, steps2) => sum + steps2, 0);
      return;
    }
    if (last < 0) return;
    if (!restored) await this.#startFromFloat();
    let student;
    let teacher;
    for (const [at, part] of parts.slice(0, last + 1).entries()) {
      const targets = programs.cache();
      const taught = await programs.teach(part, cutOf(part.teacherCut, teacher), targets);
      if (!taught) {
        targets.drop();
        break;
      }
      const given = cutOf(part.cut, student);
      const steps2 = this.#schedule.parts[at];
      if (restored && at < restored.part) this.#done += steps2;
      else if (steps2 > 0) {
        const resumed = restored?.part === at ? restored.state : void 0;
        const source = (b) => ({ feeds: programs.feeds(b, part.inputs, given?.(b)), targets: targets.get(b) });
        await this.#tier({ part, at, steps: steps2, factor: 1, rated: false, batches: programs.training, source, resumed });
        if (at < last) this.#checkpoint(at + 1, void 0, true);
      }
      teacher?.drop();
      teacher = targets;
      if (at === last) break;
      const next = programs.cache();
      const handedOn = await programs.forward(part, given, next);
      student?.drop();
      student = next;
      if (!handedOn) break;
    }
    student?.drop();
    teacher?.drop();
    this.#leaveUnfinished();
    if (mean(this.#best) < mean(this.#before)) return;
    this.#notes.push("Training by blocks did not come nearer to FP32 than Level 2, which is what is trained further.");
    this.#dropTiers();
  }
  /**
   * Blocks are trained to FP32's own activations. Corrected biases and the like, which make up for the errors of the blocks
   * before, would stand in the way, so the float model's numbers are where they start. Blocks for which the budget has no
   * steps stay as they are.
   */
  async #startFromFloat() {
    const { parts } = this.#params;
    for (const [at, { trained }] of parts.entries()) {
      if (this.#schedule.parts[at] > 0) this.#parameters.setFloat(trained);
    }
    this.#best = await this.#programs.evaluate();
  }
  /** Back to Level 2. */
  #dropTiers() {
    this.#parameters.setInitial();
    this.#best = this.#before;
    this.#tiers = this.#tiers.map((tier) => ({ ...tier, kept: false }));
  }
  async #trainWhole(restored) {
    const { parts, whole, training, wholeFactor, batch, inputs, seed } = this.#params;
    const programs = this.#programs;
    const steps2 = this.#schedule.whole;
    if (steps2 === 0 || this.#isLate()) return;
    const at = parts.length;
    const resumed = restored?.part === at ? restored.state : void 0;
    if (!resumed) {
      this.#checkpoint(at, void 0, true);
      this.#parameters.settle(whole.trained);
    }
    const tier = { part: whole, at, steps: steps2, factor: wholeFactor, rated: true, resumed };
    const from = (batches2, targets2) => (b) => ({
      feeds: programs.feeds(b, whole.inputs, void 0, batches2),
      targets: targets2.get(b),
      labels: () => batches2.labels(b, whole.labels?.dims ?? [])
    });
    if (!training) {
      await this.#tier({ ...tier, batches: programs.training, source: from(programs.batches, programs.outputs) });
      return;
    }
    const batches = new Batches(training.store, training.samples, batch, batchAxes(inputs), seed);
    const targets = programs.cache();
    const all = Array.from({ length: batches.count }, (_, b) => b);
    const read = batchesOf({ at, batches: all, steps: steps2 }, seed);
    if (await programs.teach(whole, void 0, targets, read, batches))
      await this.#tier({ ...tier, batches: all, source: from(batches, targets) });
    targets.drop();
  }
  async #tier(what) {
    const { part, at, steps: steps2, resumed } = what;
    const stepper = this.#loops && part.loop ? LoopStepper : HostStepper;
    const tier = { ...what, open: () => stepper.open(part, this.#parameters, this.#runner) };
    const begin = this.#done;
    this.#done += resumed?.step ?? 0;
    if (resumed) this.#unfinished = void 0;
    const conclusion = await trainTier(tier, this.#best, this.#parameters, this.#programs, {
      step: (loss) => {
        this.#done += 1;
        const detail = `${part.name}, loss ${loss.toPrecision(3)}, about ${this.#secondsLeft(at)} s left`;
        this.#context.progress(this.#done, this.#total, detail);
      },
      checkpoint: (state) => this.#checkpoint(at, state),
      note: (sentence) => this.#notes.push(sentence),
      late: () => this.#isLate()
    });
    this.#conclude(conclusion);
    this.#done = begin + steps2;
  }
  /** What was interrupted, and has no time left to go on, ends with the best that it had seen. */
  #leaveUnfinished() {
    if (!this.#unfinished) return;
    const { part, state } = this.#unfinished;
    this.#unfinished = void 0;
    this.#conclude(concludeTier(part.name, state, this.#best, this.#parameters));
  }
  #conclude({ result, nearer: nearer2 }) {
    this.#tiers.push(result);
    if (nearer2) this.#best = nearer2;
  }
  /** By what a step took before training, and at most what is left of the budget. */
  #secondsLeft(at) {
    const steps2 = [...this.#schedule.parts, this.#schedule.whole];
    const before = steps2.slice(0, at).reduce((sum, count) => sum + count, 0);
    let left = (steps2[at] - (this.#done - before)) * this.#stepMs[at];
    for (let later = at + 1; later < steps2.length; later++) left += steps2[later] * this.#stepMs[later];
    return Math.max(0, Math.ceil(Math.min(left, this.#deadline - performance.now()) / 1e3));
  }
  #restoreAll({ part, state, values, tiers, notes, schedule, stepMs, before, best, spentMs }) {
    const { parts, whole } = this.#params;
    this.#unfinished = state && { part: parts[part] ?? whole, state };
    this.#parameters.restore(values);
    this.#tiers = tiers;
    this.#notes = notes;
    this.#schedule = schedule;
    this.#stepMs = stepMs;
    this.#before = before;
    this.#best = best;
    this.#spentBefore = spentMs;
  }
  get #spentMs() {
    return this.#spentBefore + performance.now() - this.#begin;
  }
  #checkpoint(part, state, always = false) {
    const now = performance.now();
    if (!always && now - this.#saved < this.#params.checkpointMs) return;
    this.#saved = now;
    this.#save(part, state);
  }
  #save(part, state, result) {
    saveCheckpoint(this.#checkpointPath, {
      key: this.#key,
      part,
      state,
      values: this.#parameters.values,
      before: this.#before,
      best: this.#best,
      tiers: this.#tiers,
      notes: this.#notes,
      schedule: this.#schedule,
      batches: { training: this.#programs.training.length, held: this.#programs.held.length },
      stepMs: this.#stepMs,
      spentMs: this.#spentMs,
      ...result && { result }
    });
  }
  get #checkpointPath() {
    return checkpointPath(this.#params.workDir);
  }
};

// src/train/job.ts
var trainJob = defineJob(
  "train",
  (context, params) => new Trainer(context, params).run()
);

export {
  create,
  clone,
  AttributeProtoSchema,
  ValueInfoProtoSchema,
  TensorProto_DataType,
  tensorSource,
  sharedBytes,
  copyTensor,
  tensorType,
  dataTypeOf,
  dataTypeName,
  elementCount,
  tensorBytes2 as tensorBytes,
  readTensor2 as readTensor,
  tensorProto,
  rawTensorProto,
  packNibbles,
  unpackNibbles,
  externalLocations,
  copyMessage,
  outerReads,
  readsOf,
  makeTypeProto,
  GraphBuilder,
  irVersionOf,
  loadModel,
  modelBytes,
  externalLocationsOf,
  modelDigest,
  saveModel,
  saveScratch,
  removeModel,
  modelSize,
  modelToBytes,
  OnnxModel,
  trainingOpset,
  usualSteps,
  deviceSteps,
  stepBytes,
  largestBatch,
  fixedBatch,
  valueBytes,
  cacheBytes,
  trainingMemory,
  bytesAt,
  checkpointPath,
  loadCheckpoint,
  intoBatches,
  Emitter,
  loopProgram,
  stepsThatFit,
  leastEnergy,
  keyOf,
  trainJob
};
