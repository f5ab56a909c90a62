import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  calibrateJob,
  coarsen,
  distributionOf,
  mergeStatistics,
  samplingStep
} from "./chunk-4ZMPAVEF.js";
import {
  meansJob
} from "./chunk-Q4VV2LCW.js";
import {
  describeJob
} from "./chunk-GVKYH3KR.js";
import {
  signalsJob
} from "./chunk-A5C4P4ND.js";
import {
  fidelityJob
} from "./chunk-4FGCIJF4.js";
import {
  AttributeProtoSchema,
  OnnxModel,
  TensorProto_DataType,
  ValueInfoProtoSchema,
  buildProgram,
  clone,
  constantOfNode,
  constantProto,
  constantValue,
  copyMessage,
  copyTensor,
  create,
  cutModel,
  dataTypeName,
  dataTypeOf,
  deviceSteps,
  einsumTerms,
  elementCount,
  externalLocations,
  externalLocationsOf,
  fakeQuantDomain,
  fixedBatch,
  irVersionOf,
  largestBatch,
  loadModel,
  loopProgram,
  makeTypeProto,
  modelBytes,
  modelDigest,
  modelSize,
  modelToBytes,
  outerReads,
  packNibbles,
  parametersFor,
  quantizationError,
  rawTensorProto,
  readTensor,
  removeModel,
  roundHalfToEven,
  saveModel,
  saveScratch,
  sharedBytes,
  stepBytes,
  stepMemory,
  stepsThatFit,
  tensorBytes as tensorBytes2,
  tensorProto,
  trainJob,
  trainingOpset,
  unpackNibbles,
  usualSteps,
  valueBytes
} from "./chunk-5WXWX3TH.js";
import {
  halfToNumber,
  isPerChannel,
  sizeOf
} from "./chunk-LY3PNSKJ.js";
import {
  shapesJob
} from "./chunk-AAWFBZWI.js";
import {
  memoryJob
} from "./chunk-LAOBGA3F.js";
import {
  StoreWriter,
  runStoreJob
} from "./chunk-RDKPKW24.js";
import {
  blockJob,
  prepareLatencyJob
} from "./chunk-QIIBVB3G.js";
import {
  loadJob,
  runJob
} from "./chunk-HNHHUPOK.js";
import {
  median,
  raceJob
} from "./chunk-RV6OCZ3R.js";
import {
  generateInputs,
  profileJob,
  profileNodes
} from "./chunk-CQARFJVO.js";
import {
  Random
} from "./chunk-54GWRCG5.js";
import {
  batchAxes,
  stackFeeds
} from "./chunk-4XPVNDPT.js";
import {
  arrayTypes,
  openStore,
  readIndex,
  readSample,
  shapeKey,
  storeFormat,
  storeOf,
  storeReference,
  tensorBytes
} from "./chunk-YPKMNOD6.js";
import {
  bindingVariable,
  runtimeTime
} from "./chunk-O22CQTHR.js";
import {
  checkShape,
  checkWav,
  decode,
  fits,
  fixedSize,
  formatOf,
  imageGeometry,
  imageSize,
  imageTensor,
  inputText,
  lfsPrefix,
  planImage,
  readWavHeader,
  shapeText
} from "./chunk-E45JEPZL.js";
import {
  convertNumbers,
  halfToFloat
} from "./chunk-XBOJRPVQ.js";
import {
  defaultName,
  expandModels,
  formatPath,
  isRecord,
  loadPolicy,
  nearest,
  parsePolicy,
  positionOf,
  require_picomatch,
  resolveInside,
  show
} from "./chunk-EYFTHCRK.js";
import {
  require_tar_stream,
  version,
  writeOutput
} from "./chunk-MNMZHBV7.js";
import {
  zipSync
} from "./chunk-NQC2BDCY.js";
import {
  bytes2 as bytes,
  decideCheck,
  decideGate,
  decideModel,
  decideVerdict,
  factor2 as factor,
  judge,
  lowerIsBetter,
  metricDifference,
  metricOf,
  metricTraits,
  metricValue,
  metricValue2,
  milliseconds2 as milliseconds,
  percent2 as percent,
  plain,
  verdictOf
} from "./chunk-A7YEIRRW.js";
import {
  array,
  boolean,
  int,
  number,
  object,
  string,
  tuple,
  union
} from "./chunk-S3TI7HZ4.js";
import {
  atomicFolder,
  isInside,
  removeStale,
  sha256,
  sha256File,
  temporaryPath,
  withTemporaryFolder,
  writeAtomic
} from "./chunk-WIWNDQCD.js";
import {
  counted,
  listed
} from "./chunk-AWTNAXIU.js";
import {
  UserError
} from "./chunk-XHXPEXMH.js";
import {
  __commonJS,
  __toESM
} from "./chunk-TGMM3ZQG.js";

// node_modules/jstat/dist/jstat.js
var require_jstat = __commonJS({
  "node_modules/jstat/dist/jstat.js"(exports, module) {
    (function(window, factory) {
      if (typeof exports === "object") {
        module.exports = factory();
      } else if (typeof define === "function" && define.amd) {
        define(factory);
      } else {
        window.jStat = factory();
      }
    })(exports, function() {
      var jStat = (function(Math2, undefined2) {
        var concat = Array.prototype.concat;
        var slice2 = Array.prototype.slice;
        var toString = Object.prototype.toString;
        function calcRdx(n, m) {
          var val = n > m ? n : m;
          return Math2.pow(
            10,
            17 - ~~(Math2.log(val > 0 ? val : -val) * Math2.LOG10E)
          );
        }
        var isArray = Array.isArray || function isArray2(arg) {
          return toString.call(arg) === "[object Array]";
        };
        function isFunction(arg) {
          return toString.call(arg) === "[object Function]";
        }
        function isNumber(num) {
          return typeof num === "number" ? num - num === 0 : false;
        }
        function toVector(arr) {
          return concat.apply([], arr);
        }
        function jStat2() {
          return new jStat2._init(arguments);
        }
        jStat2.fn = jStat2.prototype;
        jStat2._init = function _init(args) {
          if (isArray(args[0])) {
            if (isArray(args[0][0])) {
              if (isFunction(args[1]))
                args[0] = jStat2.map(args[0], args[1]);
              for (var i = 0; i < args[0].length; i++)
                this[i] = args[0][i];
              this.length = args[0].length;
            } else {
              this[0] = isFunction(args[1]) ? jStat2.map(args[0], args[1]) : args[0];
              this.length = 1;
            }
          } else if (isNumber(args[0])) {
            this[0] = jStat2.seq.apply(null, args);
            this.length = 1;
          } else if (args[0] instanceof jStat2) {
            return jStat2(args[0].toArray());
          } else {
            this[0] = [];
            this.length = 1;
          }
          return this;
        };
        jStat2._init.prototype = jStat2.prototype;
        jStat2._init.constructor = jStat2;
        jStat2.utils = {
          calcRdx,
          isArray,
          isFunction,
          isNumber,
          toVector
        };
        jStat2._random_fn = Math2.random;
        jStat2.setRandom = function setRandom(fn) {
          if (typeof fn !== "function")
            throw new TypeError("fn is not a function");
          jStat2._random_fn = fn;
        };
        jStat2.extend = function extend(obj) {
          var i, j;
          if (arguments.length === 1) {
            for (j in obj)
              jStat2[j] = obj[j];
            return this;
          }
          for (i = 1; i < arguments.length; i++) {
            for (j in arguments[i])
              obj[j] = arguments[i][j];
          }
          return obj;
        };
        jStat2.rows = function rows3(arr) {
          return arr.length || 1;
        };
        jStat2.cols = function cols(arr) {
          return arr[0].length || 1;
        };
        jStat2.dimensions = function dimensions(arr) {
          return {
            rows: jStat2.rows(arr),
            cols: jStat2.cols(arr)
          };
        };
        jStat2.row = function row2(arr, index) {
          if (isArray(index)) {
            return index.map(function(i) {
              return jStat2.row(arr, i);
            });
          }
          return arr[index];
        };
        jStat2.rowa = function rowa(arr, i) {
          return jStat2.row(arr, i);
        };
        jStat2.col = function col(arr, index) {
          if (isArray(index)) {
            var submat = jStat2.arange(arr.length).map(function() {
              return new Array(index.length);
            });
            index.forEach(function(ind, i2) {
              jStat2.arange(arr.length).forEach(function(j) {
                submat[j][i2] = arr[j][ind];
              });
            });
            return submat;
          }
          var column = new Array(arr.length);
          for (var i = 0; i < arr.length; i++)
            column[i] = [arr[i][index]];
          return column;
        };
        jStat2.cola = function cola(arr, i) {
          return jStat2.col(arr, i).map(function(a) {
            return a[0];
          });
        };
        jStat2.diag = function diag(arr) {
          var nrow = jStat2.rows(arr);
          var res = new Array(nrow);
          for (var row2 = 0; row2 < nrow; row2++)
            res[row2] = [arr[row2][row2]];
          return res;
        };
        jStat2.antidiag = function antidiag(arr) {
          var nrow = jStat2.rows(arr) - 1;
          var res = new Array(nrow);
          for (var i = 0; nrow >= 0; nrow--, i++)
            res[i] = [arr[i][nrow]];
          return res;
        };
        jStat2.transpose = function transpose3(arr) {
          var obj = [];
          var objArr, rows3, cols, j, i;
          if (!isArray(arr[0]))
            arr = [arr];
          rows3 = arr.length;
          cols = arr[0].length;
          for (i = 0; i < cols; i++) {
            objArr = new Array(rows3);
            for (j = 0; j < rows3; j++)
              objArr[j] = arr[j][i];
            obj.push(objArr);
          }
          return obj.length === 1 ? obj[0] : obj;
        };
        jStat2.map = function map2(arr, func, toAlter) {
          var row2, nrow, ncol, res, col;
          if (!isArray(arr[0]))
            arr = [arr];
          nrow = arr.length;
          ncol = arr[0].length;
          res = toAlter ? arr : new Array(nrow);
          for (row2 = 0; row2 < nrow; row2++) {
            if (!res[row2])
              res[row2] = new Array(ncol);
            for (col = 0; col < ncol; col++)
              res[row2][col] = func(arr[row2][col], row2, col);
          }
          return res.length === 1 ? res[0] : res;
        };
        jStat2.cumreduce = function cumreduce(arr, func, toAlter) {
          var row2, nrow, ncol, res, col;
          if (!isArray(arr[0]))
            arr = [arr];
          nrow = arr.length;
          ncol = arr[0].length;
          res = toAlter ? arr : new Array(nrow);
          for (row2 = 0; row2 < nrow; row2++) {
            if (!res[row2])
              res[row2] = new Array(ncol);
            if (ncol > 0)
              res[row2][0] = arr[row2][0];
            for (col = 1; col < ncol; col++)
              res[row2][col] = func(res[row2][col - 1], arr[row2][col]);
          }
          return res.length === 1 ? res[0] : res;
        };
        jStat2.alter = function alter(arr, func) {
          return jStat2.map(arr, func, true);
        };
        jStat2.create = function create2(rows3, cols, func) {
          var res = new Array(rows3);
          var i, j;
          if (isFunction(cols)) {
            func = cols;
            cols = rows3;
          }
          for (i = 0; i < rows3; i++) {
            res[i] = new Array(cols);
            for (j = 0; j < cols; j++)
              res[i][j] = func(i, j);
          }
          return res;
        };
        function retZero() {
          return 0;
        }
        jStat2.zeros = function zeros(rows3, cols) {
          if (!isNumber(cols))
            cols = rows3;
          return jStat2.create(rows3, cols, retZero);
        };
        function retOne() {
          return 1;
        }
        jStat2.ones = function ones(rows3, cols) {
          if (!isNumber(cols))
            cols = rows3;
          return jStat2.create(rows3, cols, retOne);
        };
        jStat2.rand = function rand(rows3, cols) {
          if (!isNumber(cols))
            cols = rows3;
          return jStat2.create(rows3, cols, jStat2._random_fn);
        };
        function retIdent(i, j) {
          return i === j ? 1 : 0;
        }
        jStat2.identity = function identity2(rows3, cols) {
          if (!isNumber(cols))
            cols = rows3;
          return jStat2.create(rows3, cols, retIdent);
        };
        jStat2.symmetric = function symmetric(arr) {
          var size = arr.length;
          var row2, col;
          if (arr.length !== arr[0].length)
            return false;
          for (row2 = 0; row2 < size; row2++) {
            for (col = 0; col < size; col++)
              if (arr[col][row2] !== arr[row2][col])
                return false;
          }
          return true;
        };
        jStat2.clear = function clear(arr) {
          return jStat2.alter(arr, retZero);
        };
        jStat2.seq = function seq(min2, max, length, func) {
          if (!isFunction(func))
            func = false;
          var arr = [];
          var hival = calcRdx(min2, max);
          var step = (max * hival - min2 * hival) / ((length - 1) * hival);
          var current = min2;
          var cnt;
          for (cnt = 0; current <= max && cnt < length; cnt++, current = (min2 * hival + step * hival * cnt) / hival) {
            arr.push(func ? func(current, cnt) : current);
          }
          return arr;
        };
        jStat2.arange = function arange(start, end2, step) {
          var rl = [];
          var i;
          step = step || 1;
          if (end2 === undefined2) {
            end2 = start;
            start = 0;
          }
          if (start === end2 || step === 0) {
            return [];
          }
          if (start < end2 && step < 0) {
            return [];
          }
          if (start > end2 && step > 0) {
            return [];
          }
          if (step > 0) {
            for (i = start; i < end2; i += step) {
              rl.push(i);
            }
          } else {
            for (i = start; i > end2; i += step) {
              rl.push(i);
            }
          }
          return rl;
        };
        jStat2.slice = /* @__PURE__ */ (function() {
          function _slice(list, start, end2, step) {
            var i;
            var rl = [];
            var length = list.length;
            if (start === undefined2 && end2 === undefined2 && step === undefined2) {
              return jStat2.copy(list);
            }
            start = start || 0;
            end2 = end2 || list.length;
            start = start >= 0 ? start : length + start;
            end2 = end2 >= 0 ? end2 : length + end2;
            step = step || 1;
            if (start === end2 || step === 0) {
              return [];
            }
            if (start < end2 && step < 0) {
              return [];
            }
            if (start > end2 && step > 0) {
              return [];
            }
            if (step > 0) {
              for (i = start; i < end2; i += step) {
                rl.push(list[i]);
              }
            } else {
              for (i = start; i > end2; i += step) {
                rl.push(list[i]);
              }
            }
            return rl;
          }
          function slice3(list, rcSlice) {
            var colSlice, rowSlice;
            rcSlice = rcSlice || {};
            if (isNumber(rcSlice.row)) {
              if (isNumber(rcSlice.col))
                return list[rcSlice.row][rcSlice.col];
              var row2 = jStat2.rowa(list, rcSlice.row);
              colSlice = rcSlice.col || {};
              return _slice(row2, colSlice.start, colSlice.end, colSlice.step);
            }
            if (isNumber(rcSlice.col)) {
              var col = jStat2.cola(list, rcSlice.col);
              rowSlice = rcSlice.row || {};
              return _slice(col, rowSlice.start, rowSlice.end, rowSlice.step);
            }
            rowSlice = rcSlice.row || {};
            colSlice = rcSlice.col || {};
            var rows3 = _slice(list, rowSlice.start, rowSlice.end, rowSlice.step);
            return rows3.map(function(row3) {
              return _slice(row3, colSlice.start, colSlice.end, colSlice.step);
            });
          }
          return slice3;
        })();
        jStat2.sliceAssign = function sliceAssign(A, rcSlice, B) {
          var nl2, ml;
          if (isNumber(rcSlice.row)) {
            if (isNumber(rcSlice.col))
              return A[rcSlice.row][rcSlice.col] = B;
            rcSlice.col = rcSlice.col || {};
            rcSlice.col.start = rcSlice.col.start || 0;
            rcSlice.col.end = rcSlice.col.end || A[0].length;
            rcSlice.col.step = rcSlice.col.step || 1;
            nl2 = jStat2.arange(
              rcSlice.col.start,
              Math2.min(A.length, rcSlice.col.end),
              rcSlice.col.step
            );
            var m = rcSlice.row;
            nl2.forEach(function(n2, i) {
              A[m][n2] = B[i];
            });
            return A;
          }
          if (isNumber(rcSlice.col)) {
            rcSlice.row = rcSlice.row || {};
            rcSlice.row.start = rcSlice.row.start || 0;
            rcSlice.row.end = rcSlice.row.end || A.length;
            rcSlice.row.step = rcSlice.row.step || 1;
            ml = jStat2.arange(
              rcSlice.row.start,
              Math2.min(A[0].length, rcSlice.row.end),
              rcSlice.row.step
            );
            var n = rcSlice.col;
            ml.forEach(function(m2, j) {
              A[m2][n] = B[j];
            });
            return A;
          }
          if (B[0].length === undefined2) {
            B = [B];
          }
          rcSlice.row.start = rcSlice.row.start || 0;
          rcSlice.row.end = rcSlice.row.end || A.length;
          rcSlice.row.step = rcSlice.row.step || 1;
          rcSlice.col.start = rcSlice.col.start || 0;
          rcSlice.col.end = rcSlice.col.end || A[0].length;
          rcSlice.col.step = rcSlice.col.step || 1;
          ml = jStat2.arange(
            rcSlice.row.start,
            Math2.min(A.length, rcSlice.row.end),
            rcSlice.row.step
          );
          nl2 = jStat2.arange(
            rcSlice.col.start,
            Math2.min(A[0].length, rcSlice.col.end),
            rcSlice.col.step
          );
          ml.forEach(function(m2, i) {
            nl2.forEach(function(n2, j) {
              A[m2][n2] = B[i][j];
            });
          });
          return A;
        };
        jStat2.diagonal = function diagonal(diagArray) {
          var mat = jStat2.zeros(diagArray.length, diagArray.length);
          diagArray.forEach(function(t, i) {
            mat[i][i] = t;
          });
          return mat;
        };
        jStat2.copy = function copy(A) {
          return A.map(function(row2) {
            if (isNumber(row2))
              return row2;
            return row2.map(function(t) {
              return t;
            });
          });
        };
        var jProto = jStat2.prototype;
        jProto.length = 0;
        jProto.push = Array.prototype.push;
        jProto.sort = Array.prototype.sort;
        jProto.splice = Array.prototype.splice;
        jProto.slice = Array.prototype.slice;
        jProto.toArray = function toArray() {
          return this.length > 1 ? slice2.call(this) : slice2.call(this)[0];
        };
        jProto.map = function map2(func, toAlter) {
          return jStat2(jStat2.map(this, func, toAlter));
        };
        jProto.cumreduce = function cumreduce(func, toAlter) {
          return jStat2(jStat2.cumreduce(this, func, toAlter));
        };
        jProto.alter = function alter(func) {
          jStat2.alter(this, func);
          return this;
        };
        (function(funcs) {
          for (var i = 0; i < funcs.length; i++) (function(passfunc) {
            jProto[passfunc] = function(func) {
              var self = this, results;
              if (func) {
                setTimeout(function() {
                  func.call(self, jProto[passfunc].call(self));
                });
                return this;
              }
              results = jStat2[passfunc](this);
              return isArray(results) ? jStat2(results) : results;
            };
          })(funcs[i]);
        })("transpose clear symmetric rows cols dimensions diag antidiag".split(" "));
        (function(funcs) {
          for (var i = 0; i < funcs.length; i++) (function(passfunc) {
            jProto[passfunc] = function(index, func) {
              var self = this;
              if (func) {
                setTimeout(function() {
                  func.call(self, jProto[passfunc].call(self, index));
                });
                return this;
              }
              return jStat2(jStat2[passfunc](this, index));
            };
          })(funcs[i]);
        })("row col".split(" "));
        (function(funcs) {
          for (var i = 0; i < funcs.length; i++) (function(passfunc) {
            jProto[passfunc] = function() {
              return jStat2(jStat2[passfunc].apply(null, arguments));
            };
          })(funcs[i]);
        })("create zeros ones rand identity".split(" "));
        return jStat2;
      })(Math);
      (function(jStat2, Math2) {
        var isFunction = jStat2.utils.isFunction;
        function ascNum(a, b) {
          return a - b;
        }
        function clip(arg, min2, max) {
          return Math2.max(min2, Math2.min(arg, max));
        }
        jStat2.sum = function sum2(arr) {
          var sum3 = 0;
          var i = arr.length;
          while (--i >= 0)
            sum3 += arr[i];
          return sum3;
        };
        jStat2.sumsqrd = function sumsqrd(arr) {
          var sum2 = 0;
          var i = arr.length;
          while (--i >= 0)
            sum2 += arr[i] * arr[i];
          return sum2;
        };
        jStat2.sumsqerr = function sumsqerr(arr) {
          var mean = jStat2.mean(arr);
          var sum2 = 0;
          var i = arr.length;
          var tmp;
          while (--i >= 0) {
            tmp = arr[i] - mean;
            sum2 += tmp * tmp;
          }
          return sum2;
        };
        jStat2.sumrow = function sumrow(arr) {
          var sum2 = 0;
          var i = arr.length;
          while (--i >= 0)
            sum2 += arr[i];
          return sum2;
        };
        jStat2.product = function product2(arr) {
          var prod = 1;
          var i = arr.length;
          while (--i >= 0)
            prod *= arr[i];
          return prod;
        };
        jStat2.min = function min2(arr) {
          var low = arr[0];
          var i = 0;
          while (++i < arr.length)
            if (arr[i] < low)
              low = arr[i];
          return low;
        };
        jStat2.max = function max(arr) {
          var high = arr[0];
          var i = 0;
          while (++i < arr.length)
            if (arr[i] > high)
              high = arr[i];
          return high;
        };
        jStat2.unique = function unique(arr) {
          var hash = {}, _arr = [];
          for (var i = 0; i < arr.length; i++) {
            if (!hash[arr[i]]) {
              hash[arr[i]] = true;
              _arr.push(arr[i]);
            }
          }
          return _arr;
        };
        jStat2.mean = function mean(arr) {
          return jStat2.sum(arr) / arr.length;
        };
        jStat2.meansqerr = function meansqerr(arr) {
          return jStat2.sumsqerr(arr) / arr.length;
        };
        jStat2.geomean = function geomean(arr) {
          var logs = arr.map(Math2.log);
          var meanOfLogs = jStat2.mean(logs);
          return Math2.exp(meanOfLogs);
        };
        jStat2.median = function median2(arr) {
          var arrlen = arr.length;
          var _arr = arr.slice().sort(ascNum);
          return !(arrlen & 1) ? (_arr[arrlen / 2 - 1] + _arr[arrlen / 2]) / 2 : _arr[arrlen / 2 | 0];
        };
        jStat2.cumsum = function cumsum(arr) {
          return jStat2.cumreduce(arr, function(a, b) {
            return a + b;
          });
        };
        jStat2.cumprod = function cumprod(arr) {
          return jStat2.cumreduce(arr, function(a, b) {
            return a * b;
          });
        };
        jStat2.diff = function diff(arr) {
          var diffs = [];
          var arrLen = arr.length;
          var i;
          for (i = 1; i < arrLen; i++)
            diffs.push(arr[i] - arr[i - 1]);
          return diffs;
        };
        jStat2.rank = function(arr) {
          var i;
          var distinctNumbers = [];
          var numberCounts = {};
          for (i = 0; i < arr.length; i++) {
            var number3 = arr[i];
            if (numberCounts[number3]) {
              numberCounts[number3]++;
            } else {
              numberCounts[number3] = 1;
              distinctNumbers.push(number3);
            }
          }
          var sortedDistinctNumbers = distinctNumbers.sort(ascNum);
          var numberRanks = {};
          var currentRank = 1;
          for (i = 0; i < sortedDistinctNumbers.length; i++) {
            var number3 = sortedDistinctNumbers[i];
            var count2 = numberCounts[number3];
            var first = currentRank;
            var last = currentRank + count2 - 1;
            var rank4 = (first + last) / 2;
            numberRanks[number3] = rank4;
            currentRank += count2;
          }
          return arr.map(function(number4) {
            return numberRanks[number4];
          });
        };
        jStat2.mode = function mode(arr) {
          var arrLen = arr.length;
          var _arr = arr.slice().sort(ascNum);
          var count2 = 1;
          var maxCount = 0;
          var numMaxCount = 0;
          var mode_arr = [];
          var i;
          for (i = 0; i < arrLen; i++) {
            if (_arr[i] === _arr[i + 1]) {
              count2++;
            } else {
              if (count2 > maxCount) {
                mode_arr = [_arr[i]];
                maxCount = count2;
                numMaxCount = 0;
              } else if (count2 === maxCount) {
                mode_arr.push(_arr[i]);
                numMaxCount++;
              }
              count2 = 1;
            }
          }
          return numMaxCount === 0 ? mode_arr[0] : mode_arr;
        };
        jStat2.range = function range(arr) {
          return jStat2.max(arr) - jStat2.min(arr);
        };
        jStat2.variance = function variance(arr, flag) {
          return jStat2.sumsqerr(arr) / (arr.length - (flag ? 1 : 0));
        };
        jStat2.pooledvariance = function pooledvariance(arr) {
          var sumsqerr = arr.reduce(function(a, samples5) {
            return a + jStat2.sumsqerr(samples5);
          }, 0);
          var count2 = arr.reduce(function(a, samples5) {
            return a + samples5.length;
          }, 0);
          return sumsqerr / (count2 - arr.length);
        };
        jStat2.deviation = function(arr) {
          var mean = jStat2.mean(arr);
          var arrlen = arr.length;
          var dev = new Array(arrlen);
          for (var i = 0; i < arrlen; i++) {
            dev[i] = arr[i] - mean;
          }
          return dev;
        };
        jStat2.stdev = function stdev(arr, flag) {
          return Math2.sqrt(jStat2.variance(arr, flag));
        };
        jStat2.pooledstdev = function pooledstdev(arr) {
          return Math2.sqrt(jStat2.pooledvariance(arr));
        };
        jStat2.meandev = function meandev(arr) {
          var mean = jStat2.mean(arr);
          var a = [];
          for (var i = arr.length - 1; i >= 0; i--) {
            a.push(Math2.abs(arr[i] - mean));
          }
          return jStat2.mean(a);
        };
        jStat2.meddev = function meddev(arr) {
          var median2 = jStat2.median(arr);
          var a = [];
          for (var i = arr.length - 1; i >= 0; i--) {
            a.push(Math2.abs(arr[i] - median2));
          }
          return jStat2.median(a);
        };
        jStat2.coeffvar = function coeffvar(arr) {
          return jStat2.stdev(arr) / jStat2.mean(arr);
        };
        jStat2.quartiles = function quartiles(arr) {
          var arrlen = arr.length;
          var _arr = arr.slice().sort(ascNum);
          return [
            _arr[Math2.round(arrlen / 4) - 1],
            _arr[Math2.round(arrlen / 2) - 1],
            _arr[Math2.round(arrlen * 3 / 4) - 1]
          ];
        };
        jStat2.quantiles = function quantiles(arr, quantilesArray, alphap, betap) {
          var sortedArray = arr.slice().sort(ascNum);
          var quantileVals = [quantilesArray.length];
          var n = arr.length;
          var i, p, m, aleph, k, gamma;
          if (typeof alphap === "undefined")
            alphap = 3 / 8;
          if (typeof betap === "undefined")
            betap = 3 / 8;
          for (i = 0; i < quantilesArray.length; i++) {
            p = quantilesArray[i];
            m = alphap + p * (1 - alphap - betap);
            aleph = n * p + m;
            k = Math2.floor(clip(aleph, 1, n - 1));
            gamma = clip(aleph - k, 0, 1);
            quantileVals[i] = (1 - gamma) * sortedArray[k - 1] + gamma * sortedArray[k];
          }
          return quantileVals;
        };
        jStat2.percentile = function percentile2(arr, k, exclusive) {
          var _arr = arr.slice().sort(ascNum);
          var realIndex = k * (_arr.length + (exclusive ? 1 : -1)) + (exclusive ? 0 : 1);
          var index = parseInt(realIndex);
          var frac = realIndex - index;
          if (index + 1 < _arr.length) {
            return _arr[index - 1] + frac * (_arr[index] - _arr[index - 1]);
          } else {
            return _arr[index - 1];
          }
        };
        jStat2.percentileOfScore = function percentileOfScore(arr, score2, kind) {
          var counter = 0;
          var len2 = arr.length;
          var strict = false;
          var value, i;
          if (kind === "strict")
            strict = true;
          for (i = 0; i < len2; i++) {
            value = arr[i];
            if (strict && value < score2 || !strict && value <= score2) {
              counter++;
            }
          }
          return counter / len2;
        };
        jStat2.histogram = function histogram(arr, binCnt) {
          binCnt = binCnt || 4;
          var first = jStat2.min(arr);
          var binWidth = (jStat2.max(arr) - first) / binCnt;
          var len2 = arr.length;
          var bins2 = [];
          var i;
          for (i = 0; i < binCnt; i++)
            bins2[i] = 0;
          for (i = 0; i < len2; i++)
            bins2[Math2.min(Math2.floor((arr[i] - first) / binWidth), binCnt - 1)] += 1;
          return bins2;
        };
        jStat2.covariance = function covariance(arr1, arr2) {
          var u = jStat2.mean(arr1);
          var v = jStat2.mean(arr2);
          var arr1Len = arr1.length;
          var sq_dev = new Array(arr1Len);
          var i;
          for (i = 0; i < arr1Len; i++)
            sq_dev[i] = (arr1[i] - u) * (arr2[i] - v);
          return jStat2.sum(sq_dev) / (arr1Len - 1);
        };
        jStat2.corrcoeff = function corrcoeff(arr1, arr2) {
          return jStat2.covariance(arr1, arr2) / jStat2.stdev(arr1, 1) / jStat2.stdev(arr2, 1);
        };
        jStat2.spearmancoeff = function(arr1, arr2) {
          arr1 = jStat2.rank(arr1);
          arr2 = jStat2.rank(arr2);
          return jStat2.corrcoeff(arr1, arr2);
        };
        jStat2.stanMoment = function stanMoment(arr, n) {
          var mu = jStat2.mean(arr);
          var sigma = jStat2.stdev(arr);
          var len2 = arr.length;
          var skewSum = 0;
          for (var i = 0; i < len2; i++)
            skewSum += Math2.pow((arr[i] - mu) / sigma, n);
          return skewSum / arr.length;
        };
        jStat2.skewness = function skewness(arr) {
          return jStat2.stanMoment(arr, 3);
        };
        jStat2.kurtosis = function kurtosis(arr) {
          return jStat2.stanMoment(arr, 4) - 3;
        };
        var jProto = jStat2.prototype;
        (function(funcs) {
          for (var i = 0; i < funcs.length; i++) (function(passfunc) {
            jProto[passfunc] = function(fullbool, func) {
              var arr = [];
              var i2 = 0;
              var tmpthis = this;
              if (isFunction(fullbool)) {
                func = fullbool;
                fullbool = false;
              }
              if (func) {
                setTimeout(function() {
                  func.call(tmpthis, jProto[passfunc].call(tmpthis, fullbool));
                });
                return this;
              }
              if (this.length > 1) {
                tmpthis = fullbool === true ? this : this.transpose();
                for (; i2 < tmpthis.length; i2++)
                  arr[i2] = jStat2[passfunc](tmpthis[i2]);
                return arr;
              }
              return jStat2[passfunc](this[0], fullbool);
            };
          })(funcs[i]);
        })("cumsum cumprod".split(" "));
        (function(funcs) {
          for (var i = 0; i < funcs.length; i++) (function(passfunc) {
            jProto[passfunc] = function(fullbool, func) {
              var arr = [];
              var i2 = 0;
              var tmpthis = this;
              if (isFunction(fullbool)) {
                func = fullbool;
                fullbool = false;
              }
              if (func) {
                setTimeout(function() {
                  func.call(tmpthis, jProto[passfunc].call(tmpthis, fullbool));
                });
                return this;
              }
              if (this.length > 1) {
                if (passfunc !== "sumrow")
                  tmpthis = fullbool === true ? this : this.transpose();
                for (; i2 < tmpthis.length; i2++)
                  arr[i2] = jStat2[passfunc](tmpthis[i2]);
                return fullbool === true ? jStat2[passfunc](jStat2.utils.toVector(arr)) : arr;
              }
              return jStat2[passfunc](this[0], fullbool);
            };
          })(funcs[i]);
        })("sum sumsqrd sumsqerr sumrow product min max unique mean meansqerr geomean median diff rank mode range variance deviation stdev meandev meddev coeffvar quartiles histogram skewness kurtosis".split(" "));
        (function(funcs) {
          for (var i = 0; i < funcs.length; i++) (function(passfunc) {
            jProto[passfunc] = function() {
              var arr = [];
              var i2 = 0;
              var tmpthis = this;
              var args = Array.prototype.slice.call(arguments);
              var callbackFunction;
              if (isFunction(args[args.length - 1])) {
                callbackFunction = args[args.length - 1];
                var argsToPass = args.slice(0, args.length - 1);
                setTimeout(function() {
                  callbackFunction.call(
                    tmpthis,
                    jProto[passfunc].apply(tmpthis, argsToPass)
                  );
                });
                return this;
              } else {
                callbackFunction = void 0;
                var curriedFunction = function curriedFunction2(vector) {
                  return jStat2[passfunc].apply(tmpthis, [vector].concat(args));
                };
              }
              if (this.length > 1) {
                tmpthis = tmpthis.transpose();
                for (; i2 < tmpthis.length; i2++)
                  arr[i2] = curriedFunction(tmpthis[i2]);
                return arr;
              }
              return curriedFunction(this[0]);
            };
          })(funcs[i]);
        })("quantiles percentileOfScore".split(" "));
      })(jStat, Math);
      (function(jStat2, Math2) {
        jStat2.gammaln = function gammaln(x) {
          var j = 0;
          var cof = [
            76.18009172947146,
            -86.50532032941678,
            24.01409824083091,
            -1.231739572450155,
            0.001208650973866179,
            -5395239384953e-18
          ];
          var ser = 1.000000000190015;
          var xx, y, tmp;
          tmp = (y = xx = x) + 5.5;
          tmp -= (xx + 0.5) * Math2.log(tmp);
          for (; j < 6; j++)
            ser += cof[j] / ++y;
          return Math2.log(2.5066282746310007 * ser / xx) - tmp;
        };
        jStat2.loggam = function loggam(x) {
          var x0, x2, xp, gl, gl0;
          var k, n;
          var a = [
            0.08333333333333333,
            -0.002777777777777778,
            7936507936507937e-19,
            -5952380952380952e-19,
            8417508417508418e-19,
            -0.001917526917526918,
            0.00641025641025641,
            -0.02955065359477124,
            0.1796443723688307,
            -1.3924322169059
          ];
          x0 = x;
          n = 0;
          if (x == 1 || x == 2) {
            return 0;
          }
          if (x <= 7) {
            n = Math2.floor(7 - x);
            x0 = x + n;
          }
          x2 = 1 / (x0 * x0);
          xp = 2 * Math2.PI;
          gl0 = a[9];
          for (k = 8; k >= 0; k--) {
            gl0 *= x2;
            gl0 += a[k];
          }
          gl = gl0 / x0 + 0.5 * Math2.log(xp) + (x0 - 0.5) * Math2.log(x0) - x0;
          if (x <= 7) {
            for (k = 1; k <= n; k++) {
              gl -= Math2.log(x0 - 1);
              x0 -= 1;
            }
          }
          return gl;
        };
        jStat2.gammafn = function gammafn(x) {
          var p = [
            -1.716185138865495,
            24.76565080557592,
            -379.80425647094563,
            629.3311553128184,
            866.9662027904133,
            -31451.272968848367,
            -36144.413418691176,
            66456.14382024054
          ];
          var q = [
            -30.8402300119739,
            315.35062697960416,
            -1015.1563674902192,
            -3107.771671572311,
            22538.11842098015,
            4755.846277527881,
            -134659.9598649693,
            -115132.2596755535
          ];
          var fact = false;
          var n = 0;
          var xden = 0;
          var xnum = 0;
          var y = x;
          var i, z, yi, res;
          if (x > 171.6243769536076) {
            return Infinity;
          }
          if (y <= 0) {
            res = y % 1 + 36e-17;
            if (res) {
              fact = (!(y & 1) ? 1 : -1) * Math2.PI / Math2.sin(Math2.PI * res);
              y = 1 - y;
            } else {
              return Infinity;
            }
          }
          yi = y;
          if (y < 1) {
            z = y++;
          } else {
            z = (y -= n = (y | 0) - 1) - 1;
          }
          for (i = 0; i < 8; ++i) {
            xnum = (xnum + p[i]) * z;
            xden = xden * z + q[i];
          }
          res = xnum / xden + 1;
          if (yi < y) {
            res /= yi;
          } else if (yi > y) {
            for (i = 0; i < n; ++i) {
              res *= y;
              y++;
            }
          }
          if (fact) {
            res = fact / res;
          }
          return res;
        };
        jStat2.gammap = function gammap(a, x) {
          return jStat2.lowRegGamma(a, x) * jStat2.gammafn(a);
        };
        jStat2.lowRegGamma = function lowRegGamma(a, x) {
          var aln = jStat2.gammaln(a);
          var ap = a;
          var sum2 = 1 / a;
          var del = sum2;
          var b = x + 1 - a;
          var c = 1 / 1e-30;
          var d = 1 / b;
          var h = d;
          var i = 1;
          var ITMAX = -~(Math2.log(a >= 1 ? a : 1 / a) * 8.5 + a * 0.4 + 17);
          var an;
          if (x < 0 || a <= 0) {
            return NaN;
          } else if (x < a + 1) {
            for (; i <= ITMAX; i++) {
              sum2 += del *= x / ++ap;
            }
            return sum2 * Math2.exp(-x + a * Math2.log(x) - aln);
          }
          for (; i <= ITMAX; i++) {
            an = -i * (i - a);
            b += 2;
            d = an * d + b;
            c = b + an / c;
            d = 1 / d;
            h *= d * c;
          }
          return 1 - h * Math2.exp(-x + a * Math2.log(x) - aln);
        };
        jStat2.factorialln = function factorialln(n) {
          return n < 0 ? NaN : jStat2.gammaln(n + 1);
        };
        jStat2.factorial = function factorial(n) {
          return n < 0 ? NaN : jStat2.gammafn(n + 1);
        };
        jStat2.combination = function combination(n, m) {
          return n > 170 || m > 170 ? Math2.exp(jStat2.combinationln(n, m)) : jStat2.factorial(n) / jStat2.factorial(m) / jStat2.factorial(n - m);
        };
        jStat2.combinationln = function combinationln(n, m) {
          return jStat2.factorialln(n) - jStat2.factorialln(m) - jStat2.factorialln(n - m);
        };
        jStat2.permutation = function permutation(n, m) {
          return jStat2.factorial(n) / jStat2.factorial(n - m);
        };
        jStat2.betafn = function betafn(x, y) {
          if (x <= 0 || y <= 0)
            return void 0;
          return x + y > 170 ? Math2.exp(jStat2.betaln(x, y)) : jStat2.gammafn(x) * jStat2.gammafn(y) / jStat2.gammafn(x + y);
        };
        jStat2.betaln = function betaln(x, y) {
          return jStat2.gammaln(x) + jStat2.gammaln(y) - jStat2.gammaln(x + y);
        };
        jStat2.betacf = function betacf(x, a, b) {
          var fpmin = 1e-30;
          var m = 1;
          var qab = a + b;
          var qap = a + 1;
          var qam = a - 1;
          var c = 1;
          var d = 1 - qab * x / qap;
          var m2, aa, del, h;
          if (Math2.abs(d) < fpmin)
            d = fpmin;
          d = 1 / d;
          h = d;
          for (; m <= 100; m++) {
            m2 = 2 * m;
            aa = m * (b - m) * x / ((qam + m2) * (a + m2));
            d = 1 + aa * d;
            if (Math2.abs(d) < fpmin)
              d = fpmin;
            c = 1 + aa / c;
            if (Math2.abs(c) < fpmin)
              c = fpmin;
            d = 1 / d;
            h *= d * c;
            aa = -(a + m) * (qab + m) * x / ((a + m2) * (qap + m2));
            d = 1 + aa * d;
            if (Math2.abs(d) < fpmin)
              d = fpmin;
            c = 1 + aa / c;
            if (Math2.abs(c) < fpmin)
              c = fpmin;
            d = 1 / d;
            del = d * c;
            h *= del;
            if (Math2.abs(del - 1) < 3e-7)
              break;
          }
          return h;
        };
        jStat2.gammapinv = function gammapinv(p, a) {
          var j = 0;
          var a1 = a - 1;
          var EPS = 1e-8;
          var gln = jStat2.gammaln(a);
          var x, err, t, u, pp, lna1, afac;
          if (p >= 1)
            return Math2.max(100, a + 100 * Math2.sqrt(a));
          if (p <= 0)
            return 0;
          if (a > 1) {
            lna1 = Math2.log(a1);
            afac = Math2.exp(a1 * (lna1 - 1) - gln);
            pp = p < 0.5 ? p : 1 - p;
            t = Math2.sqrt(-2 * Math2.log(pp));
            x = (2.30753 + t * 0.27061) / (1 + t * (0.99229 + t * 0.04481)) - t;
            if (p < 0.5)
              x = -x;
            x = Math2.max(
              1e-3,
              a * Math2.pow(1 - 1 / (9 * a) - x / (3 * Math2.sqrt(a)), 3)
            );
          } else {
            t = 1 - a * (0.253 + a * 0.12);
            if (p < t)
              x = Math2.pow(p / t, 1 / a);
            else
              x = 1 - Math2.log(1 - (p - t) / (1 - t));
          }
          for (; j < 12; j++) {
            if (x <= 0)
              return 0;
            err = jStat2.lowRegGamma(a, x) - p;
            if (a > 1)
              t = afac * Math2.exp(-(x - a1) + a1 * (Math2.log(x) - lna1));
            else
              t = Math2.exp(-x + a1 * Math2.log(x) - gln);
            u = err / t;
            x -= t = u / (1 - 0.5 * Math2.min(1, u * ((a - 1) / x - 1)));
            if (x <= 0)
              x = 0.5 * (x + t);
            if (Math2.abs(t) < EPS * x)
              break;
          }
          return x;
        };
        jStat2.erf = function erf(x) {
          var cof = [
            -1.3026537197817094,
            0.6419697923564902,
            0.019476473204185836,
            -0.00956151478680863,
            -946595344482036e-18,
            366839497852761e-18,
            42523324806907e-18,
            -20278578112534e-18,
            -1624290004647e-18,
            130365583558e-17,
            15626441722e-18,
            -85238095915e-18,
            6529054439e-18,
            5059343495e-18,
            -991364156e-18,
            -227365122e-18,
            96467911e-18,
            2394038e-18,
            -6886027e-18,
            894487e-18,
            313092e-18,
            -112708e-18,
            381e-18,
            7106e-18,
            -1523e-18,
            -94e-18,
            121e-18,
            -28e-18
          ];
          var j = cof.length - 1;
          var isneg = false;
          var d = 0;
          var dd = 0;
          var t, ty, tmp, res;
          if (x < 0) {
            x = -x;
            isneg = true;
          }
          t = 2 / (2 + x);
          ty = 4 * t - 2;
          for (; j > 0; j--) {
            tmp = d;
            d = ty * d - dd + cof[j];
            dd = tmp;
          }
          res = t * Math2.exp(-x * x + 0.5 * (cof[0] + ty * d) - dd);
          return isneg ? res - 1 : 1 - res;
        };
        jStat2.erfc = function erfc(x) {
          return 1 - jStat2.erf(x);
        };
        jStat2.erfcinv = function erfcinv(p) {
          var j = 0;
          var x, err, t, pp;
          if (p >= 2)
            return -100;
          if (p <= 0)
            return 100;
          pp = p < 1 ? p : 2 - p;
          t = Math2.sqrt(-2 * Math2.log(pp / 2));
          x = -0.70711 * ((2.30753 + t * 0.27061) / (1 + t * (0.99229 + t * 0.04481)) - t);
          for (; j < 2; j++) {
            err = jStat2.erfc(x) - pp;
            x += err / (1.1283791670955126 * Math2.exp(-x * x) - x * err);
          }
          return p < 1 ? x : -x;
        };
        jStat2.ibetainv = function ibetainv(p, a, b) {
          var EPS = 1e-8;
          var a1 = a - 1;
          var b1 = b - 1;
          var j = 0;
          var lna, lnb, pp, t, u, err, x, al, h, w, afac;
          if (p <= 0)
            return 0;
          if (p >= 1)
            return 1;
          if (a >= 1 && b >= 1) {
            pp = p < 0.5 ? p : 1 - p;
            t = Math2.sqrt(-2 * Math2.log(pp));
            x = (2.30753 + t * 0.27061) / (1 + t * (0.99229 + t * 0.04481)) - t;
            if (p < 0.5)
              x = -x;
            al = (x * x - 3) / 6;
            h = 2 / (1 / (2 * a - 1) + 1 / (2 * b - 1));
            w = x * Math2.sqrt(al + h) / h - (1 / (2 * b - 1) - 1 / (2 * a - 1)) * (al + 5 / 6 - 2 / (3 * h));
            x = a / (a + b * Math2.exp(2 * w));
          } else {
            lna = Math2.log(a / (a + b));
            lnb = Math2.log(b / (a + b));
            t = Math2.exp(a * lna) / a;
            u = Math2.exp(b * lnb) / b;
            w = t + u;
            if (p < t / w)
              x = Math2.pow(a * w * p, 1 / a);
            else
              x = 1 - Math2.pow(b * w * (1 - p), 1 / b);
          }
          afac = -jStat2.gammaln(a) - jStat2.gammaln(b) + jStat2.gammaln(a + b);
          for (; j < 10; j++) {
            if (x === 0 || x === 1)
              return x;
            err = jStat2.ibeta(x, a, b) - p;
            t = Math2.exp(a1 * Math2.log(x) + b1 * Math2.log(1 - x) + afac);
            u = err / t;
            x -= t = u / (1 - 0.5 * Math2.min(1, u * (a1 / x - b1 / (1 - x))));
            if (x <= 0)
              x = 0.5 * (x + t);
            if (x >= 1)
              x = 0.5 * (x + t + 1);
            if (Math2.abs(t) < EPS * x && j > 0)
              break;
          }
          return x;
        };
        jStat2.ibeta = function ibeta(x, a, b) {
          var bt = x === 0 || x === 1 ? 0 : Math2.exp(jStat2.gammaln(a + b) - jStat2.gammaln(a) - jStat2.gammaln(b) + a * Math2.log(x) + b * Math2.log(1 - x));
          if (x < 0 || x > 1)
            return false;
          if (x < (a + 1) / (a + b + 2))
            return bt * jStat2.betacf(x, a, b) / a;
          return 1 - bt * jStat2.betacf(1 - x, b, a) / b;
        };
        jStat2.randn = function randn(n, m) {
          var u, v, x, y, q;
          if (!m)
            m = n;
          if (n)
            return jStat2.create(n, m, function() {
              return jStat2.randn();
            });
          do {
            u = jStat2._random_fn();
            v = 1.7156 * (jStat2._random_fn() - 0.5);
            x = u - 0.449871;
            y = Math2.abs(v) + 0.386595;
            q = x * x + y * (0.196 * y - 0.25472 * x);
          } while (q > 0.27597 && (q > 0.27846 || v * v > -4 * Math2.log(u) * u * u));
          return v / u;
        };
        jStat2.randg = function randg(shape, n, m) {
          var oalph = shape;
          var a1, a2, u, v, x, mat;
          if (!m)
            m = n;
          if (!shape)
            shape = 1;
          if (n) {
            mat = jStat2.zeros(n, m);
            mat.alter(function() {
              return jStat2.randg(shape);
            });
            return mat;
          }
          if (shape < 1)
            shape += 1;
          a1 = shape - 1 / 3;
          a2 = 1 / Math2.sqrt(9 * a1);
          do {
            do {
              x = jStat2.randn();
              v = 1 + a2 * x;
            } while (v <= 0);
            v = v * v * v;
            u = jStat2._random_fn();
          } while (u > 1 - 0.331 * Math2.pow(x, 4) && Math2.log(u) > 0.5 * x * x + a1 * (1 - v + Math2.log(v)));
          if (shape == oalph)
            return a1 * v;
          do {
            u = jStat2._random_fn();
          } while (u === 0);
          return Math2.pow(u, 1 / oalph) * a1 * v;
        };
        (function(funcs) {
          for (var i = 0; i < funcs.length; i++) (function(passfunc) {
            jStat2.fn[passfunc] = function() {
              return jStat2(
                jStat2.map(this, function(value) {
                  return jStat2[passfunc](value);
                })
              );
            };
          })(funcs[i]);
        })("gammaln gammafn factorial factorialln".split(" "));
        (function(funcs) {
          for (var i = 0; i < funcs.length; i++) (function(passfunc) {
            jStat2.fn[passfunc] = function() {
              return jStat2(jStat2[passfunc].apply(null, arguments));
            };
          })(funcs[i]);
        })("randn".split(" "));
      })(jStat, Math);
      (function(jStat2, Math2) {
        (function(list) {
          for (var i = 0; i < list.length; i++) (function(func) {
            jStat2[func] = function f(a, b, c) {
              if (!(this instanceof f))
                return new f(a, b, c);
              this._a = a;
              this._b = b;
              this._c = c;
              return this;
            };
            jStat2.fn[func] = function(a, b, c) {
              var newthis = jStat2[func](a, b, c);
              newthis.data = this;
              return newthis;
            };
            jStat2[func].prototype.sample = function(arr) {
              var a = this._a;
              var b = this._b;
              var c = this._c;
              if (arr)
                return jStat2.alter(arr, function() {
                  return jStat2[func].sample(a, b, c);
                });
              else
                return jStat2[func].sample(a, b, c);
            };
            (function(vals) {
              for (var i2 = 0; i2 < vals.length; i2++) (function(fnfunc) {
                jStat2[func].prototype[fnfunc] = function(x) {
                  var a = this._a;
                  var b = this._b;
                  var c = this._c;
                  if (!x && x !== 0)
                    x = this.data;
                  if (typeof x !== "number") {
                    return jStat2.fn.map.call(x, function(x2) {
                      return jStat2[func][fnfunc](x2, a, b, c);
                    });
                  }
                  return jStat2[func][fnfunc](x, a, b, c);
                };
              })(vals[i2]);
            })("pdf cdf inv".split(" "));
            (function(vals) {
              for (var i2 = 0; i2 < vals.length; i2++) (function(fnfunc) {
                jStat2[func].prototype[fnfunc] = function() {
                  return jStat2[func][fnfunc](this._a, this._b, this._c);
                };
              })(vals[i2]);
            })("mean median mode variance".split(" "));
          })(list[i]);
        })("beta centralF cauchy chisquare exponential gamma invgamma kumaraswamy laplace lognormal noncentralt normal pareto studentt weibull uniform binomial negbin hypgeom poisson triangular tukey arcsine".split(" "));
        jStat2.extend(jStat2.beta, {
          pdf: function pdf(x, alpha, beta) {
            if (x > 1 || x < 0)
              return 0;
            if (alpha == 1 && beta == 1)
              return 1;
            if (alpha < 512 && beta < 512) {
              return Math2.pow(x, alpha - 1) * Math2.pow(1 - x, beta - 1) / jStat2.betafn(alpha, beta);
            } else {
              return Math2.exp((alpha - 1) * Math2.log(x) + (beta - 1) * Math2.log(1 - x) - jStat2.betaln(alpha, beta));
            }
          },
          cdf: function cdf(x, alpha, beta) {
            return x > 1 || x < 0 ? (x > 1) * 1 : jStat2.ibeta(x, alpha, beta);
          },
          inv: function inv(x, alpha, beta) {
            return jStat2.ibetainv(x, alpha, beta);
          },
          mean: function mean(alpha, beta) {
            return alpha / (alpha + beta);
          },
          median: function median2(alpha, beta) {
            return jStat2.ibetainv(0.5, alpha, beta);
          },
          mode: function mode(alpha, beta) {
            return (alpha - 1) / (alpha + beta - 2);
          },
          // return a random sample
          sample: function sample(alpha, beta) {
            var u = jStat2.randg(alpha);
            return u / (u + jStat2.randg(beta));
          },
          variance: function variance(alpha, beta) {
            return alpha * beta / (Math2.pow(alpha + beta, 2) * (alpha + beta + 1));
          }
        });
        jStat2.extend(jStat2.centralF, {
          // This implementation of the pdf function avoids float overflow
          // See the way that R calculates this value:
          // https://svn.r-project.org/R/trunk/src/nmath/df.c
          pdf: function pdf(x, df1, df2) {
            var p, q, f;
            if (x < 0)
              return 0;
            if (df1 <= 2) {
              if (x === 0 && df1 < 2) {
                return Infinity;
              }
              if (x === 0 && df1 === 2) {
                return 1;
              }
              return 1 / jStat2.betafn(df1 / 2, df2 / 2) * Math2.pow(df1 / df2, df1 / 2) * Math2.pow(x, df1 / 2 - 1) * Math2.pow(1 + df1 / df2 * x, -(df1 + df2) / 2);
            }
            p = df1 * x / (df2 + x * df1);
            q = df2 / (df2 + x * df1);
            f = df1 * q / 2;
            return f * jStat2.binomial.pdf((df1 - 2) / 2, (df1 + df2 - 2) / 2, p);
          },
          cdf: function cdf(x, df1, df2) {
            if (x < 0)
              return 0;
            return jStat2.ibeta(df1 * x / (df1 * x + df2), df1 / 2, df2 / 2);
          },
          inv: function inv(x, df1, df2) {
            return df2 / (df1 * (1 / jStat2.ibetainv(x, df1 / 2, df2 / 2) - 1));
          },
          mean: function mean(df1, df2) {
            return df2 > 2 ? df2 / (df2 - 2) : void 0;
          },
          mode: function mode(df1, df2) {
            return df1 > 2 ? df2 * (df1 - 2) / (df1 * (df2 + 2)) : void 0;
          },
          // return a random sample
          sample: function sample(df1, df2) {
            var x1 = jStat2.randg(df1 / 2) * 2;
            var x2 = jStat2.randg(df2 / 2) * 2;
            return x1 / df1 / (x2 / df2);
          },
          variance: function variance(df1, df2) {
            if (df2 <= 4)
              return void 0;
            return 2 * df2 * df2 * (df1 + df2 - 2) / (df1 * (df2 - 2) * (df2 - 2) * (df2 - 4));
          }
        });
        jStat2.extend(jStat2.cauchy, {
          pdf: function pdf(x, local, scale) {
            if (scale < 0) {
              return 0;
            }
            return scale / (Math2.pow(x - local, 2) + Math2.pow(scale, 2)) / Math2.PI;
          },
          cdf: function cdf(x, local, scale) {
            return Math2.atan((x - local) / scale) / Math2.PI + 0.5;
          },
          inv: function(p, local, scale) {
            return local + scale * Math2.tan(Math2.PI * (p - 0.5));
          },
          median: function median2(local) {
            return local;
          },
          mode: function mode(local) {
            return local;
          },
          sample: function sample(local, scale) {
            return jStat2.randn() * Math2.sqrt(1 / (2 * jStat2.randg(0.5))) * scale + local;
          }
        });
        jStat2.extend(jStat2.chisquare, {
          pdf: function pdf(x, dof) {
            if (x < 0)
              return 0;
            return x === 0 && dof === 2 ? 0.5 : Math2.exp((dof / 2 - 1) * Math2.log(x) - x / 2 - dof / 2 * Math2.log(2) - jStat2.gammaln(dof / 2));
          },
          cdf: function cdf(x, dof) {
            if (x < 0)
              return 0;
            return jStat2.lowRegGamma(dof / 2, x / 2);
          },
          inv: function(p, dof) {
            return 2 * jStat2.gammapinv(p, 0.5 * dof);
          },
          mean: function(dof) {
            return dof;
          },
          // TODO: this is an approximation (is there a better way?)
          median: function median2(dof) {
            return dof * Math2.pow(1 - 2 / (9 * dof), 3);
          },
          mode: function mode(dof) {
            return dof - 2 > 0 ? dof - 2 : 0;
          },
          sample: function sample(dof) {
            return jStat2.randg(dof / 2) * 2;
          },
          variance: function variance(dof) {
            return 2 * dof;
          }
        });
        jStat2.extend(jStat2.exponential, {
          pdf: function pdf(x, rate) {
            return x < 0 ? 0 : rate * Math2.exp(-rate * x);
          },
          cdf: function cdf(x, rate) {
            return x < 0 ? 0 : 1 - Math2.exp(-rate * x);
          },
          inv: function(p, rate) {
            return -Math2.log(1 - p) / rate;
          },
          mean: function(rate) {
            return 1 / rate;
          },
          median: function(rate) {
            return 1 / rate * Math2.log(2);
          },
          mode: function mode() {
            return 0;
          },
          sample: function sample(rate) {
            return -1 / rate * Math2.log(jStat2._random_fn());
          },
          variance: function(rate) {
            return Math2.pow(rate, -2);
          }
        });
        jStat2.extend(jStat2.gamma, {
          pdf: function pdf(x, shape, scale) {
            if (x < 0)
              return 0;
            return x === 0 && shape === 1 ? 1 / scale : Math2.exp((shape - 1) * Math2.log(x) - x / scale - jStat2.gammaln(shape) - shape * Math2.log(scale));
          },
          cdf: function cdf(x, shape, scale) {
            if (x < 0)
              return 0;
            return jStat2.lowRegGamma(shape, x / scale);
          },
          inv: function(p, shape, scale) {
            return jStat2.gammapinv(p, shape) * scale;
          },
          mean: function(shape, scale) {
            return shape * scale;
          },
          mode: function mode(shape, scale) {
            if (shape > 1) return (shape - 1) * scale;
            return void 0;
          },
          sample: function sample(shape, scale) {
            return jStat2.randg(shape) * scale;
          },
          variance: function variance(shape, scale) {
            return shape * scale * scale;
          }
        });
        jStat2.extend(jStat2.invgamma, {
          pdf: function pdf(x, shape, scale) {
            if (x <= 0)
              return 0;
            return Math2.exp(-(shape + 1) * Math2.log(x) - scale / x - jStat2.gammaln(shape) + shape * Math2.log(scale));
          },
          cdf: function cdf(x, shape, scale) {
            if (x <= 0)
              return 0;
            return 1 - jStat2.lowRegGamma(shape, scale / x);
          },
          inv: function(p, shape, scale) {
            return scale / jStat2.gammapinv(1 - p, shape);
          },
          mean: function(shape, scale) {
            return shape > 1 ? scale / (shape - 1) : void 0;
          },
          mode: function mode(shape, scale) {
            return scale / (shape + 1);
          },
          sample: function sample(shape, scale) {
            return scale / jStat2.randg(shape);
          },
          variance: function variance(shape, scale) {
            if (shape <= 2)
              return void 0;
            return scale * scale / ((shape - 1) * (shape - 1) * (shape - 2));
          }
        });
        jStat2.extend(jStat2.kumaraswamy, {
          pdf: function pdf(x, alpha, beta) {
            if (x === 0 && alpha === 1)
              return beta;
            else if (x === 1 && beta === 1)
              return alpha;
            return Math2.exp(Math2.log(alpha) + Math2.log(beta) + (alpha - 1) * Math2.log(x) + (beta - 1) * Math2.log(1 - Math2.pow(x, alpha)));
          },
          cdf: function cdf(x, alpha, beta) {
            if (x < 0)
              return 0;
            else if (x > 1)
              return 1;
            return 1 - Math2.pow(1 - Math2.pow(x, alpha), beta);
          },
          inv: function inv(p, alpha, beta) {
            return Math2.pow(1 - Math2.pow(1 - p, 1 / beta), 1 / alpha);
          },
          mean: function(alpha, beta) {
            return beta * jStat2.gammafn(1 + 1 / alpha) * jStat2.gammafn(beta) / jStat2.gammafn(1 + 1 / alpha + beta);
          },
          median: function median2(alpha, beta) {
            return Math2.pow(1 - Math2.pow(2, -1 / beta), 1 / alpha);
          },
          mode: function mode(alpha, beta) {
            if (!(alpha >= 1 && beta >= 1 && (alpha !== 1 && beta !== 1)))
              return void 0;
            return Math2.pow((alpha - 1) / (alpha * beta - 1), 1 / alpha);
          },
          variance: function variance() {
            throw new Error("variance not yet implemented");
          }
        });
        jStat2.extend(jStat2.lognormal, {
          pdf: function pdf(x, mu, sigma) {
            if (x <= 0)
              return 0;
            return Math2.exp(-Math2.log(x) - 0.5 * Math2.log(2 * Math2.PI) - Math2.log(sigma) - Math2.pow(Math2.log(x) - mu, 2) / (2 * sigma * sigma));
          },
          cdf: function cdf(x, mu, sigma) {
            if (x < 0)
              return 0;
            return 0.5 + 0.5 * jStat2.erf((Math2.log(x) - mu) / Math2.sqrt(2 * sigma * sigma));
          },
          inv: function(p, mu, sigma) {
            return Math2.exp(-1.4142135623730951 * sigma * jStat2.erfcinv(2 * p) + mu);
          },
          mean: function mean(mu, sigma) {
            return Math2.exp(mu + sigma * sigma / 2);
          },
          median: function median2(mu) {
            return Math2.exp(mu);
          },
          mode: function mode(mu, sigma) {
            return Math2.exp(mu - sigma * sigma);
          },
          sample: function sample(mu, sigma) {
            return Math2.exp(jStat2.randn() * sigma + mu);
          },
          variance: function variance(mu, sigma) {
            return (Math2.exp(sigma * sigma) - 1) * Math2.exp(2 * mu + sigma * sigma);
          }
        });
        jStat2.extend(jStat2.noncentralt, {
          pdf: function pdf(x, dof, ncp) {
            var tol = 1e-14;
            if (Math2.abs(ncp) < tol)
              return jStat2.studentt.pdf(x, dof);
            if (Math2.abs(x) < tol) {
              return Math2.exp(jStat2.gammaln((dof + 1) / 2) - ncp * ncp / 2 - 0.5 * Math2.log(Math2.PI * dof) - jStat2.gammaln(dof / 2));
            }
            return dof / x * (jStat2.noncentralt.cdf(x * Math2.sqrt(1 + 2 / dof), dof + 2, ncp) - jStat2.noncentralt.cdf(x, dof, ncp));
          },
          cdf: function cdf(x, dof, ncp) {
            var tol = 1e-14;
            var min_iterations = 200;
            if (Math2.abs(ncp) < tol)
              return jStat2.studentt.cdf(x, dof);
            var flip = false;
            if (x < 0) {
              flip = true;
              ncp = -ncp;
            }
            var prob = jStat2.normal.cdf(-ncp, 0, 1);
            var value = tol + 1;
            var lastvalue = value;
            var y = x * x / (x * x + dof);
            var j = 0;
            var p = Math2.exp(-ncp * ncp / 2);
            var q = Math2.exp(-ncp * ncp / 2 - 0.5 * Math2.log(2) - jStat2.gammaln(3 / 2)) * ncp;
            while (j < min_iterations || lastvalue > tol || value > tol) {
              lastvalue = value;
              if (j > 0) {
                p *= ncp * ncp / (2 * j);
                q *= ncp * ncp / (2 * (j + 1 / 2));
              }
              value = p * jStat2.beta.cdf(y, j + 0.5, dof / 2) + q * jStat2.beta.cdf(y, j + 1, dof / 2);
              prob += 0.5 * value;
              j++;
            }
            return flip ? 1 - prob : prob;
          }
        });
        jStat2.extend(jStat2.normal, {
          pdf: function pdf(x, mean, std2) {
            return Math2.exp(-0.5 * Math2.log(2 * Math2.PI) - Math2.log(std2) - Math2.pow(x - mean, 2) / (2 * std2 * std2));
          },
          cdf: function cdf(x, mean, std2) {
            return 0.5 * (1 + jStat2.erf((x - mean) / Math2.sqrt(2 * std2 * std2)));
          },
          inv: function(p, mean, std2) {
            return -1.4142135623730951 * std2 * jStat2.erfcinv(2 * p) + mean;
          },
          mean: function(mean) {
            return mean;
          },
          median: function median2(mean) {
            return mean;
          },
          mode: function(mean) {
            return mean;
          },
          sample: function sample(mean, std2) {
            return jStat2.randn() * std2 + mean;
          },
          variance: function(mean, std2) {
            return std2 * std2;
          }
        });
        jStat2.extend(jStat2.pareto, {
          pdf: function pdf(x, scale, shape) {
            if (x < scale)
              return 0;
            return shape * Math2.pow(scale, shape) / Math2.pow(x, shape + 1);
          },
          cdf: function cdf(x, scale, shape) {
            if (x < scale)
              return 0;
            return 1 - Math2.pow(scale / x, shape);
          },
          inv: function inv(p, scale, shape) {
            return scale / Math2.pow(1 - p, 1 / shape);
          },
          mean: function mean(scale, shape) {
            if (shape <= 1)
              return void 0;
            return shape * Math2.pow(scale, shape) / (shape - 1);
          },
          median: function median2(scale, shape) {
            return scale * (shape * Math2.SQRT2);
          },
          mode: function mode(scale) {
            return scale;
          },
          variance: function(scale, shape) {
            if (shape <= 2)
              return void 0;
            return scale * scale * shape / (Math2.pow(shape - 1, 2) * (shape - 2));
          }
        });
        jStat2.extend(jStat2.studentt, {
          pdf: function pdf(x, dof) {
            dof = dof > 1e100 ? 1e100 : dof;
            return 1 / (Math2.sqrt(dof) * jStat2.betafn(0.5, dof / 2)) * Math2.pow(1 + x * x / dof, -((dof + 1) / 2));
          },
          cdf: function cdf(x, dof) {
            var dof2 = dof / 2;
            return jStat2.ibeta((x + Math2.sqrt(x * x + dof)) / (2 * Math2.sqrt(x * x + dof)), dof2, dof2);
          },
          inv: function(p, dof) {
            var x = jStat2.ibetainv(2 * Math2.min(p, 1 - p), 0.5 * dof, 0.5);
            x = Math2.sqrt(dof * (1 - x) / x);
            return p > 0.5 ? x : -x;
          },
          mean: function mean(dof) {
            return dof > 1 ? 0 : void 0;
          },
          median: function median2() {
            return 0;
          },
          mode: function mode() {
            return 0;
          },
          sample: function sample(dof) {
            return jStat2.randn() * Math2.sqrt(dof / (2 * jStat2.randg(dof / 2)));
          },
          variance: function variance(dof) {
            return dof > 2 ? dof / (dof - 2) : dof > 1 ? Infinity : void 0;
          }
        });
        jStat2.extend(jStat2.weibull, {
          pdf: function pdf(x, scale, shape) {
            if (x < 0 || scale < 0 || shape < 0)
              return 0;
            return shape / scale * Math2.pow(x / scale, shape - 1) * Math2.exp(-Math2.pow(x / scale, shape));
          },
          cdf: function cdf(x, scale, shape) {
            return x < 0 ? 0 : 1 - Math2.exp(-Math2.pow(x / scale, shape));
          },
          inv: function(p, scale, shape) {
            return scale * Math2.pow(-Math2.log(1 - p), 1 / shape);
          },
          mean: function(scale, shape) {
            return scale * jStat2.gammafn(1 + 1 / shape);
          },
          median: function median2(scale, shape) {
            return scale * Math2.pow(Math2.log(2), 1 / shape);
          },
          mode: function mode(scale, shape) {
            if (shape <= 1)
              return 0;
            return scale * Math2.pow((shape - 1) / shape, 1 / shape);
          },
          sample: function sample(scale, shape) {
            return scale * Math2.pow(-Math2.log(jStat2._random_fn()), 1 / shape);
          },
          variance: function variance(scale, shape) {
            return scale * scale * jStat2.gammafn(1 + 2 / shape) - Math2.pow(jStat2.weibull.mean(scale, shape), 2);
          }
        });
        jStat2.extend(jStat2.uniform, {
          pdf: function pdf(x, a, b) {
            return x < a || x > b ? 0 : 1 / (b - a);
          },
          cdf: function cdf(x, a, b) {
            if (x < a)
              return 0;
            else if (x < b)
              return (x - a) / (b - a);
            return 1;
          },
          inv: function(p, a, b) {
            return a + p * (b - a);
          },
          mean: function mean(a, b) {
            return 0.5 * (a + b);
          },
          median: function median2(a, b) {
            return jStat2.mean(a, b);
          },
          mode: function mode() {
            throw new Error("mode is not yet implemented");
          },
          sample: function sample(a, b) {
            return a / 2 + b / 2 + (b / 2 - a / 2) * (2 * jStat2._random_fn() - 1);
          },
          variance: function variance(a, b) {
            return Math2.pow(b - a, 2) / 12;
          }
        });
        function betinc(x, a, b, eps) {
          var a0 = 0;
          var b0 = 1;
          var a1 = 1;
          var b1 = 1;
          var m9 = 0;
          var a2 = 0;
          var c9;
          while (Math2.abs((a1 - a2) / a1) > eps) {
            a2 = a1;
            c9 = -(a + m9) * (a + b + m9) * x / (a + 2 * m9) / (a + 2 * m9 + 1);
            a0 = a1 + c9 * a0;
            b0 = b1 + c9 * b0;
            m9 = m9 + 1;
            c9 = m9 * (b - m9) * x / (a + 2 * m9 - 1) / (a + 2 * m9);
            a1 = a0 + c9 * a1;
            b1 = b0 + c9 * b1;
            a0 = a0 / b1;
            b0 = b0 / b1;
            a1 = a1 / b1;
            b1 = 1;
          }
          return a1 / a;
        }
        jStat2.extend(jStat2.binomial, {
          pdf: function pdf(k, n, p) {
            return p === 0 || p === 1 ? n * p === k ? 1 : 0 : jStat2.combination(n, k) * Math2.pow(p, k) * Math2.pow(1 - p, n - k);
          },
          cdf: function cdf(x, n, p) {
            var betacdf;
            var eps = 1e-10;
            if (x < 0)
              return 0;
            if (x >= n)
              return 1;
            if (p < 0 || p > 1 || n <= 0)
              return NaN;
            x = Math2.floor(x);
            var z = p;
            var a = x + 1;
            var b = n - x;
            var s = a + b;
            var bt = Math2.exp(jStat2.gammaln(s) - jStat2.gammaln(b) - jStat2.gammaln(a) + a * Math2.log(z) + b * Math2.log(1 - z));
            if (z < (a + 1) / (s + 2))
              betacdf = bt * betinc(z, a, b, eps);
            else
              betacdf = 1 - bt * betinc(1 - z, b, a, eps);
            return Math2.round((1 - betacdf) * (1 / eps)) / (1 / eps);
          }
        });
        jStat2.extend(jStat2.negbin, {
          pdf: function pdf(k, r, p) {
            if (k !== k >>> 0)
              return false;
            if (k < 0)
              return 0;
            return jStat2.combination(k + r - 1, r - 1) * Math2.pow(1 - p, k) * Math2.pow(p, r);
          },
          cdf: function cdf(x, r, p) {
            var sum2 = 0, k = 0;
            if (x < 0) return 0;
            for (; k <= x; k++) {
              sum2 += jStat2.negbin.pdf(k, r, p);
            }
            return sum2;
          }
        });
        jStat2.extend(jStat2.hypgeom, {
          pdf: function pdf(k, N, m, n) {
            if (k !== k | 0) {
              return false;
            } else if (k < 0 || k < m - (N - n)) {
              return 0;
            } else if (k > n || k > m) {
              return 0;
            } else if (m * 2 > N) {
              if (n * 2 > N) {
                return jStat2.hypgeom.pdf(N - m - n + k, N, N - m, N - n);
              } else {
                return jStat2.hypgeom.pdf(n - k, N, N - m, n);
              }
            } else if (n * 2 > N) {
              return jStat2.hypgeom.pdf(m - k, N, m, N - n);
            } else if (m < n) {
              return jStat2.hypgeom.pdf(k, N, n, m);
            } else {
              var scaledPDF = 1;
              var samplesDone = 0;
              for (var i = 0; i < k; i++) {
                while (scaledPDF > 1 && samplesDone < n) {
                  scaledPDF *= 1 - m / (N - samplesDone);
                  samplesDone++;
                }
                scaledPDF *= (n - i) * (m - i) / ((i + 1) * (N - m - n + i + 1));
              }
              for (; samplesDone < n; samplesDone++) {
                scaledPDF *= 1 - m / (N - samplesDone);
              }
              return Math2.min(1, Math2.max(0, scaledPDF));
            }
          },
          cdf: function cdf(x, N, m, n) {
            if (x < 0 || x < m - (N - n)) {
              return 0;
            } else if (x >= n || x >= m) {
              return 1;
            } else if (m * 2 > N) {
              if (n * 2 > N) {
                return jStat2.hypgeom.cdf(N - m - n + x, N, N - m, N - n);
              } else {
                return 1 - jStat2.hypgeom.cdf(n - x - 1, N, N - m, n);
              }
            } else if (n * 2 > N) {
              return 1 - jStat2.hypgeom.cdf(m - x - 1, N, m, N - n);
            } else if (m < n) {
              return jStat2.hypgeom.cdf(x, N, n, m);
            } else {
              var scaledCDF = 1;
              var scaledPDF = 1;
              var samplesDone = 0;
              for (var i = 0; i < x; i++) {
                while (scaledCDF > 1 && samplesDone < n) {
                  var factor2 = 1 - m / (N - samplesDone);
                  scaledPDF *= factor2;
                  scaledCDF *= factor2;
                  samplesDone++;
                }
                scaledPDF *= (n - i) * (m - i) / ((i + 1) * (N - m - n + i + 1));
                scaledCDF += scaledPDF;
              }
              for (; samplesDone < n; samplesDone++) {
                scaledCDF *= 1 - m / (N - samplesDone);
              }
              return Math2.min(1, Math2.max(0, scaledCDF));
            }
          }
        });
        jStat2.extend(jStat2.poisson, {
          pdf: function pdf(k, l) {
            if (l < 0 || k % 1 !== 0 || k < 0) {
              return 0;
            }
            return Math2.pow(l, k) * Math2.exp(-l) / jStat2.factorial(k);
          },
          cdf: function cdf(x, l) {
            var sumarr = [], k = 0;
            if (x < 0) return 0;
            for (; k <= x; k++) {
              sumarr.push(jStat2.poisson.pdf(k, l));
            }
            return jStat2.sum(sumarr);
          },
          mean: function(l) {
            return l;
          },
          variance: function(l) {
            return l;
          },
          sampleSmall: function sampleSmall(l) {
            var p = 1, k = 0, L = Math2.exp(-l);
            do {
              k++;
              p *= jStat2._random_fn();
            } while (p > L);
            return k - 1;
          },
          sampleLarge: function sampleLarge(l) {
            var lam = l;
            var k;
            var U, V, slam, loglam, a, b, invalpha, vr, us;
            slam = Math2.sqrt(lam);
            loglam = Math2.log(lam);
            b = 0.931 + 2.53 * slam;
            a = -0.059 + 0.02483 * b;
            invalpha = 1.1239 + 1.1328 / (b - 3.4);
            vr = 0.9277 - 3.6224 / (b - 2);
            while (1) {
              U = Math2.random() - 0.5;
              V = Math2.random();
              us = 0.5 - Math2.abs(U);
              k = Math2.floor((2 * a / us + b) * U + lam + 0.43);
              if (us >= 0.07 && V <= vr) {
                return k;
              }
              if (k < 0 || us < 0.013 && V > us) {
                continue;
              }
              if (Math2.log(V) + Math2.log(invalpha) - Math2.log(a / (us * us) + b) <= -lam + k * loglam - jStat2.loggam(k + 1)) {
                return k;
              }
            }
          },
          sample: function sample(l) {
            if (l < 10)
              return this.sampleSmall(l);
            else
              return this.sampleLarge(l);
          }
        });
        jStat2.extend(jStat2.triangular, {
          pdf: function pdf(x, a, b, c) {
            if (b <= a || c < a || c > b) {
              return NaN;
            } else {
              if (x < a || x > b) {
                return 0;
              } else if (x < c) {
                return 2 * (x - a) / ((b - a) * (c - a));
              } else if (x === c) {
                return 2 / (b - a);
              } else {
                return 2 * (b - x) / ((b - a) * (b - c));
              }
            }
          },
          cdf: function cdf(x, a, b, c) {
            if (b <= a || c < a || c > b)
              return NaN;
            if (x <= a)
              return 0;
            else if (x >= b)
              return 1;
            if (x <= c)
              return Math2.pow(x - a, 2) / ((b - a) * (c - a));
            else
              return 1 - Math2.pow(b - x, 2) / ((b - a) * (b - c));
          },
          inv: function inv(p, a, b, c) {
            if (b <= a || c < a || c > b) {
              return NaN;
            } else {
              if (p <= (c - a) / (b - a)) {
                return a + (b - a) * Math2.sqrt(p * ((c - a) / (b - a)));
              } else {
                return a + (b - a) * (1 - Math2.sqrt((1 - p) * (1 - (c - a) / (b - a))));
              }
            }
          },
          mean: function mean(a, b, c) {
            return (a + b + c) / 3;
          },
          median: function median2(a, b, c) {
            if (c <= (a + b) / 2) {
              return b - Math2.sqrt((b - a) * (b - c)) / Math2.sqrt(2);
            } else if (c > (a + b) / 2) {
              return a + Math2.sqrt((b - a) * (c - a)) / Math2.sqrt(2);
            }
          },
          mode: function mode(a, b, c) {
            return c;
          },
          sample: function sample(a, b, c) {
            var u = jStat2._random_fn();
            if (u < (c - a) / (b - a))
              return a + Math2.sqrt(u * (b - a) * (c - a));
            return b - Math2.sqrt((1 - u) * (b - a) * (b - c));
          },
          variance: function variance(a, b, c) {
            return (a * a + b * b + c * c - a * b - a * c - b * c) / 18;
          }
        });
        jStat2.extend(jStat2.arcsine, {
          pdf: function pdf(x, a, b) {
            if (b <= a) return NaN;
            return x <= a || x >= b ? 0 : 2 / Math2.PI * Math2.pow(Math2.pow(b - a, 2) - Math2.pow(2 * x - a - b, 2), -0.5);
          },
          cdf: function cdf(x, a, b) {
            if (x < a)
              return 0;
            else if (x < b)
              return 2 / Math2.PI * Math2.asin(Math2.sqrt((x - a) / (b - a)));
            return 1;
          },
          inv: function(p, a, b) {
            return a + (0.5 - 0.5 * Math2.cos(Math2.PI * p)) * (b - a);
          },
          mean: function mean(a, b) {
            if (b <= a) return NaN;
            return (a + b) / 2;
          },
          median: function median2(a, b) {
            if (b <= a) return NaN;
            return (a + b) / 2;
          },
          mode: function mode() {
            throw new Error("mode is not yet implemented");
          },
          sample: function sample(a, b) {
            return (a + b) / 2 + (b - a) / 2 * Math2.sin(2 * Math2.PI * jStat2.uniform.sample(0, 1));
          },
          variance: function variance(a, b) {
            if (b <= a) return NaN;
            return Math2.pow(b - a, 2) / 8;
          }
        });
        function laplaceSign(x) {
          return x / Math2.abs(x);
        }
        jStat2.extend(jStat2.laplace, {
          pdf: function pdf(x, mu, b) {
            return b <= 0 ? 0 : Math2.exp(-Math2.abs(x - mu) / b) / (2 * b);
          },
          cdf: function cdf(x, mu, b) {
            if (b <= 0) {
              return 0;
            }
            if (x < mu) {
              return 0.5 * Math2.exp((x - mu) / b);
            } else {
              return 1 - 0.5 * Math2.exp(-(x - mu) / b);
            }
          },
          mean: function(mu) {
            return mu;
          },
          median: function(mu) {
            return mu;
          },
          mode: function(mu) {
            return mu;
          },
          variance: function(mu, b) {
            return 2 * b * b;
          },
          sample: function sample(mu, b) {
            var u = jStat2._random_fn() - 0.5;
            return mu - b * laplaceSign(u) * Math2.log(1 - 2 * Math2.abs(u));
          }
        });
        function tukeyWprob(w, rr, cc) {
          var nleg = 12;
          var ihalf = 6;
          var C1 = -30;
          var C2 = -50;
          var C3 = 60;
          var bb = 8;
          var wlar = 3;
          var wincr1 = 2;
          var wincr2 = 3;
          var xleg = [
            0.9815606342467192,
            0.9041172563704749,
            0.7699026741943047,
            0.5873179542866175,
            0.3678314989981802,
            0.1252334085114689
          ];
          var aleg = [
            0.04717533638651183,
            0.10693932599531843,
            0.16007832854334622,
            0.20316742672306592,
            0.2334925365383548,
            0.24914704581340277
          ];
          var qsqz = w * 0.5;
          if (qsqz >= bb)
            return 1;
          var pr_w = 2 * jStat2.normal.cdf(qsqz, 0, 1, 1, 0) - 1;
          if (pr_w >= Math2.exp(C2 / cc))
            pr_w = Math2.pow(pr_w, cc);
          else
            pr_w = 0;
          var wincr;
          if (w > wlar)
            wincr = wincr1;
          else
            wincr = wincr2;
          var blb = qsqz;
          var binc = (bb - qsqz) / wincr;
          var bub = blb + binc;
          var einsum = 0;
          var cc1 = cc - 1;
          for (var wi = 1; wi <= wincr; wi++) {
            var elsum = 0;
            var a = 0.5 * (bub + blb);
            var b = 0.5 * (bub - blb);
            for (var jj = 1; jj <= nleg; jj++) {
              var j, xx;
              if (ihalf < jj) {
                j = nleg - jj + 1;
                xx = xleg[j - 1];
              } else {
                j = jj;
                xx = -xleg[j - 1];
              }
              var c = b * xx;
              var ac = a + c;
              var qexpo = ac * ac;
              if (qexpo > C3)
                break;
              var pplus = 2 * jStat2.normal.cdf(ac, 0, 1, 1, 0);
              var pminus = 2 * jStat2.normal.cdf(ac, w, 1, 1, 0);
              var rinsum = pplus * 0.5 - pminus * 0.5;
              if (rinsum >= Math2.exp(C1 / cc1)) {
                rinsum = aleg[j - 1] * Math2.exp(-(0.5 * qexpo)) * Math2.pow(rinsum, cc1);
                elsum += rinsum;
              }
            }
            elsum *= 2 * b * cc / Math2.sqrt(2 * Math2.PI);
            einsum += elsum;
            blb = bub;
            bub += binc;
          }
          pr_w += einsum;
          if (pr_w <= Math2.exp(C1 / rr))
            return 0;
          pr_w = Math2.pow(pr_w, rr);
          if (pr_w >= 1)
            return 1;
          return pr_w;
        }
        function tukeyQinv(p, c, v) {
          var p0 = 0.322232421088;
          var q0 = 0.099348462606;
          var p1 = -1;
          var q1 = 0.588581570495;
          var p2 = -0.342242088547;
          var q2 = 0.531103462366;
          var p3 = -0.204231210125;
          var q3 = 0.10353775285;
          var p4 = -453642210148e-16;
          var q4 = 0.0038560700634;
          var c1 = 0.8832;
          var c2 = 0.2368;
          var c3 = 1.214;
          var c4 = 1.208;
          var c5 = 1.4142;
          var vmax = 120;
          var ps = 0.5 - 0.5 * p;
          var yi = Math2.sqrt(Math2.log(1 / (ps * ps)));
          var t = yi + ((((yi * p4 + p3) * yi + p2) * yi + p1) * yi + p0) / ((((yi * q4 + q3) * yi + q2) * yi + q1) * yi + q0);
          if (v < vmax) t += (t * t * t + t) / v / 4;
          var q = c1 - c2 * t;
          if (v < vmax) q += -c3 / v + c4 * t / v;
          return t * (q * Math2.log(c - 1) + c5);
        }
        jStat2.extend(jStat2.tukey, {
          cdf: function cdf(q, nmeans, df) {
            var rr = 1;
            var cc = nmeans;
            var nlegq = 16;
            var ihalfq = 8;
            var eps1 = -30;
            var eps2 = 1e-14;
            var dhaf = 100;
            var dquar = 800;
            var deigh = 5e3;
            var dlarg = 25e3;
            var ulen1 = 1;
            var ulen2 = 0.5;
            var ulen3 = 0.25;
            var ulen4 = 0.125;
            var xlegq = [
              0.9894009349916499,
              0.9445750230732326,
              0.8656312023878318,
              0.755404408355003,
              0.6178762444026438,
              0.45801677765722737,
              0.2816035507792589,
              0.09501250983763744
            ];
            var alegq = [
              0.027152459411754096,
              0.062253523938647894,
              0.09515851168249279,
              0.12462897125553388,
              0.14959598881657674,
              0.16915651939500254,
              0.18260341504492358,
              0.1894506104550685
            ];
            if (q <= 0)
              return 0;
            if (df < 2 || rr < 1 || cc < 2) return NaN;
            if (!Number.isFinite(q))
              return 1;
            if (df > dlarg)
              return tukeyWprob(q, rr, cc);
            var f2 = df * 0.5;
            var f2lf = f2 * Math2.log(df) - df * Math2.log(2) - jStat2.gammaln(f2);
            var f21 = f2 - 1;
            var ff4 = df * 0.25;
            var ulen;
            if (df <= dhaf) ulen = ulen1;
            else if (df <= dquar) ulen = ulen2;
            else if (df <= deigh) ulen = ulen3;
            else ulen = ulen4;
            f2lf += Math2.log(ulen);
            var ans = 0;
            for (var i = 1; i <= 50; i++) {
              var otsum = 0;
              var twa1 = (2 * i - 1) * ulen;
              for (var jj = 1; jj <= nlegq; jj++) {
                var j, t1;
                if (ihalfq < jj) {
                  j = jj - ihalfq - 1;
                  t1 = f2lf + f21 * Math2.log(twa1 + xlegq[j] * ulen) - (xlegq[j] * ulen + twa1) * ff4;
                } else {
                  j = jj - 1;
                  t1 = f2lf + f21 * Math2.log(twa1 - xlegq[j] * ulen) + (xlegq[j] * ulen - twa1) * ff4;
                }
                var qsqz;
                if (t1 >= eps1) {
                  if (ihalfq < jj) {
                    qsqz = q * Math2.sqrt((xlegq[j] * ulen + twa1) * 0.5);
                  } else {
                    qsqz = q * Math2.sqrt((-(xlegq[j] * ulen) + twa1) * 0.5);
                  }
                  var wprb = tukeyWprob(qsqz, rr, cc);
                  var rotsum = wprb * alegq[j] * Math2.exp(t1);
                  otsum += rotsum;
                }
              }
              if (i * ulen >= 1 && otsum <= eps2)
                break;
              ans += otsum;
            }
            if (otsum > eps2) {
              throw new Error("tukey.cdf failed to converge");
            }
            if (ans > 1)
              ans = 1;
            return ans;
          },
          inv: function(p, nmeans, df) {
            var rr = 1;
            var cc = nmeans;
            var eps = 1e-4;
            var maxiter = 50;
            if (df < 2 || rr < 1 || cc < 2) return NaN;
            if (p < 0 || p > 1) return NaN;
            if (p === 0) return 0;
            if (p === 1) return Infinity;
            var x0 = tukeyQinv(p, cc, df);
            var valx0 = jStat2.tukey.cdf(x0, nmeans, df) - p;
            var x1;
            if (valx0 > 0)
              x1 = Math2.max(0, x0 - 1);
            else
              x1 = x0 + 1;
            var valx1 = jStat2.tukey.cdf(x1, nmeans, df) - p;
            var ans;
            for (var iter = 1; iter < maxiter; iter++) {
              ans = x1 - valx1 * (x1 - x0) / (valx1 - valx0);
              valx0 = valx1;
              x0 = x1;
              if (ans < 0) {
                ans = 0;
                valx1 = -p;
              }
              valx1 = jStat2.tukey.cdf(ans, nmeans, df) - p;
              x1 = ans;
              var xabs = Math2.abs(x1 - x0);
              if (xabs < eps)
                return ans;
            }
            throw new Error("tukey.inv failed to converge");
          }
        });
      })(jStat, Math);
      (function(jStat2, Math2) {
        var push = Array.prototype.push;
        var isArray = jStat2.utils.isArray;
        function isUsable(arg) {
          return isArray(arg) || arg instanceof jStat2;
        }
        jStat2.extend({
          // add a vector/matrix to a vector/matrix or scalar
          add: function add2(arr, arg) {
            if (isUsable(arg)) {
              if (!isUsable(arg[0])) arg = [arg];
              return jStat2.map(arr, function(value, row2, col) {
                return value + arg[row2][col];
              });
            }
            return jStat2.map(arr, function(value) {
              return value + arg;
            });
          },
          // subtract a vector or scalar from the vector
          subtract: function subtract(arr, arg) {
            if (isUsable(arg)) {
              if (!isUsable(arg[0])) arg = [arg];
              return jStat2.map(arr, function(value, row2, col) {
                return value - arg[row2][col] || 0;
              });
            }
            return jStat2.map(arr, function(value) {
              return value - arg;
            });
          },
          // matrix division
          divide: function divide(arr, arg) {
            if (isUsable(arg)) {
              if (!isUsable(arg[0])) arg = [arg];
              return jStat2.multiply(arr, jStat2.inv(arg));
            }
            return jStat2.map(arr, function(value) {
              return value / arg;
            });
          },
          // matrix multiplication
          multiply: function multiply(arr, arg) {
            var row2, col, nrescols, sum2, nrow, ncol, res, rescols;
            if (arr.length === void 0 && arg.length === void 0) {
              return arr * arg;
            }
            nrow = arr.length, ncol = arr[0].length, res = jStat2.zeros(nrow, nrescols = isUsable(arg) ? arg[0].length : ncol), rescols = 0;
            if (isUsable(arg)) {
              for (; rescols < nrescols; rescols++) {
                for (row2 = 0; row2 < nrow; row2++) {
                  sum2 = 0;
                  for (col = 0; col < ncol; col++)
                    sum2 += arr[row2][col] * arg[col][rescols];
                  res[row2][rescols] = sum2;
                }
              }
              return nrow === 1 && rescols === 1 ? res[0][0] : res;
            }
            return jStat2.map(arr, function(value) {
              return value * arg;
            });
          },
          // outer([1,2,3],[4,5,6])
          // ===
          // [[1],[2],[3]] times [[4,5,6]]
          // ->
          // [[4,5,6],[8,10,12],[12,15,18]]
          outer: function outer(A, B) {
            return jStat2.multiply(A.map(function(t) {
              return [t];
            }), [B]);
          },
          // Returns the dot product of two matricies
          dot: function dot(arr, arg) {
            if (!isUsable(arr[0])) arr = [arr];
            if (!isUsable(arg[0])) arg = [arg];
            var left = arr[0].length === 1 && arr.length !== 1 ? jStat2.transpose(arr) : arr, right = arg[0].length === 1 && arg.length !== 1 ? jStat2.transpose(arg) : arg, res = [], row2 = 0, nrow = left.length, ncol = left[0].length, sum2, col;
            for (; row2 < nrow; row2++) {
              res[row2] = [];
              sum2 = 0;
              for (col = 0; col < ncol; col++)
                sum2 += left[row2][col] * right[row2][col];
              res[row2] = sum2;
            }
            return res.length === 1 ? res[0] : res;
          },
          // raise every element by a scalar
          pow: function pow(arr, arg) {
            return jStat2.map(arr, function(value) {
              return Math2.pow(value, arg);
            });
          },
          // exponentiate every element
          exp: function exp(arr) {
            return jStat2.map(arr, function(value) {
              return Math2.exp(value);
            });
          },
          // generate the natural log of every element
          log: function exp(arr) {
            return jStat2.map(arr, function(value) {
              return Math2.log(value);
            });
          },
          // generate the absolute values of the vector
          abs: function abs(arr) {
            return jStat2.map(arr, function(value) {
              return Math2.abs(value);
            });
          },
          // computes the p-norm of the vector
          // In the case that a matrix is passed, uses the first row as the vector
          norm: function norm(arr, p) {
            var nnorm = 0, i = 0;
            if (isNaN(p)) p = 2;
            if (isUsable(arr[0])) arr = arr[0];
            for (; i < arr.length; i++) {
              nnorm += Math2.pow(Math2.abs(arr[i]), p);
            }
            return Math2.pow(nnorm, 1 / p);
          },
          // computes the angle between two vectors in rads
          // In case a matrix is passed, this uses the first row as the vector
          angle: function angle(arr, arg) {
            return Math2.acos(jStat2.dot(arr, arg) / (jStat2.norm(arr) * jStat2.norm(arg)));
          },
          // augment one matrix by another
          // Note: this function returns a matrix, not a jStat object
          aug: function aug(a, b) {
            var newarr = [];
            var i;
            for (i = 0; i < a.length; i++) {
              newarr.push(a[i].slice());
            }
            for (i = 0; i < newarr.length; i++) {
              push.apply(newarr[i], b[i]);
            }
            return newarr;
          },
          // The inv() function calculates the inverse of a matrix
          // Create the inverse by augmenting the matrix by the identity matrix of the
          // appropriate size, and then use G-J elimination on the augmented matrix.
          inv: function inv(a) {
            var rows3 = a.length;
            var cols = a[0].length;
            var b = jStat2.identity(rows3, cols);
            var c = jStat2.gauss_jordan(a, b);
            var result = [];
            var i = 0;
            var j;
            for (; i < rows3; i++) {
              result[i] = [];
              for (j = cols; j < c[0].length; j++)
                result[i][j - cols] = c[i][j];
            }
            return result;
          },
          // calculate the determinant of a matrix
          det: function det(a) {
            if (a.length === 2) {
              return a[0][0] * a[1][1] - a[0][1] * a[1][0];
            }
            var determinant = 0;
            for (var i = 0; i < a.length; i++) {
              var submatrix = [];
              for (var row2 = 1; row2 < a.length; row2++) {
                submatrix[row2 - 1] = [];
                for (var col = 0; col < a.length; col++) {
                  if (col < i) {
                    submatrix[row2 - 1][col] = a[row2][col];
                  } else if (col > i) {
                    submatrix[row2 - 1][col - 1] = a[row2][col];
                  }
                }
              }
              var sign = i % 2 ? -1 : 1;
              determinant += det(submatrix) * a[0][i] * sign;
            }
            return determinant;
          },
          gauss_elimination: function gauss_elimination(a, b) {
            var i = 0, j = 0, n = a.length, m = a[0].length, factor2 = 1, sum2 = 0, x = [], maug, pivot, temp, k;
            a = jStat2.aug(a, b);
            maug = a[0].length;
            for (i = 0; i < n; i++) {
              pivot = a[i][i];
              j = i;
              for (k = i + 1; k < m; k++) {
                if (pivot < Math2.abs(a[k][i])) {
                  pivot = a[k][i];
                  j = k;
                }
              }
              if (j != i) {
                for (k = 0; k < maug; k++) {
                  temp = a[i][k];
                  a[i][k] = a[j][k];
                  a[j][k] = temp;
                }
              }
              for (j = i + 1; j < n; j++) {
                factor2 = a[j][i] / a[i][i];
                for (k = i; k < maug; k++) {
                  a[j][k] = a[j][k] - factor2 * a[i][k];
                }
              }
            }
            for (i = n - 1; i >= 0; i--) {
              sum2 = 0;
              for (j = i + 1; j <= n - 1; j++) {
                sum2 = sum2 + x[j] * a[i][j];
              }
              x[i] = (a[i][maug - 1] - sum2) / a[i][i];
            }
            return x;
          },
          gauss_jordan: function gauss_jordan(a, b) {
            var m = jStat2.aug(a, b);
            var h = m.length;
            var w = m[0].length;
            var c = 0;
            var x, y, y2;
            for (y = 0; y < h; y++) {
              var maxrow = y;
              for (y2 = y + 1; y2 < h; y2++) {
                if (Math2.abs(m[y2][y]) > Math2.abs(m[maxrow][y]))
                  maxrow = y2;
              }
              var tmp = m[y];
              m[y] = m[maxrow];
              m[maxrow] = tmp;
              for (y2 = y + 1; y2 < h; y2++) {
                c = m[y2][y] / m[y][y];
                for (x = y; x < w; x++) {
                  m[y2][x] -= m[y][x] * c;
                }
              }
            }
            for (y = h - 1; y >= 0; y--) {
              c = m[y][y];
              for (y2 = 0; y2 < y; y2++) {
                for (x = w - 1; x > y - 1; x--) {
                  m[y2][x] -= m[y][x] * m[y2][y] / c;
                }
              }
              m[y][y] /= c;
              for (x = h; x < w; x++) {
                m[y][x] /= c;
              }
            }
            return m;
          },
          // solve equation
          // Ax=b
          // A is upper triangular matrix
          // A=[[1,2,3],[0,4,5],[0,6,7]]
          // b=[1,2,3]
          // triaUpSolve(A,b) // -> [2.666,0.1666,1.666]
          // if you use matrix style
          // A=[[1,2,3],[0,4,5],[0,6,7]]
          // b=[[1],[2],[3]]
          // will return [[2.666],[0.1666],[1.666]]
          triaUpSolve: function triaUpSolve(A, b) {
            var size = A[0].length;
            var x = jStat2.zeros(1, size)[0];
            var parts3;
            var matrix_mode = false;
            if (b[0].length != void 0) {
              b = b.map(function(i) {
                return i[0];
              });
              matrix_mode = true;
            }
            jStat2.arange(size - 1, -1, -1).forEach(function(i) {
              parts3 = jStat2.arange(i + 1, size).map(function(j) {
                return x[j] * A[i][j];
              });
              x[i] = (b[i] - jStat2.sum(parts3)) / A[i][i];
            });
            if (matrix_mode)
              return x.map(function(i) {
                return [i];
              });
            return x;
          },
          triaLowSolve: function triaLowSolve(A, b) {
            var size = A[0].length;
            var x = jStat2.zeros(1, size)[0];
            var parts3;
            var matrix_mode = false;
            if (b[0].length != void 0) {
              b = b.map(function(i) {
                return i[0];
              });
              matrix_mode = true;
            }
            jStat2.arange(size).forEach(function(i) {
              parts3 = jStat2.arange(i).map(function(j) {
                return A[i][j] * x[j];
              });
              x[i] = (b[i] - jStat2.sum(parts3)) / A[i][i];
            });
            if (matrix_mode)
              return x.map(function(i) {
                return [i];
              });
            return x;
          },
          // A -> [L,U]
          // A=LU
          // L is lower triangular matrix
          // U is upper triangular matrix
          lu: function lu(A) {
            var size = A.length;
            var L = jStat2.identity(size);
            var R = jStat2.zeros(A.length, A[0].length);
            var parts3;
            jStat2.arange(size).forEach(function(t) {
              R[0][t] = A[0][t];
            });
            jStat2.arange(1, size).forEach(function(l) {
              jStat2.arange(l).forEach(function(i) {
                parts3 = jStat2.arange(i).map(function(jj) {
                  return L[l][jj] * R[jj][i];
                });
                L[l][i] = (A[l][i] - jStat2.sum(parts3)) / R[i][i];
              });
              jStat2.arange(l, size).forEach(function(j) {
                parts3 = jStat2.arange(l).map(function(jj) {
                  return L[l][jj] * R[jj][j];
                });
                R[l][j] = A[parts3.length][j] - jStat2.sum(parts3);
              });
            });
            return [L, R];
          },
          // A -> T
          // A=TT'
          // T is lower triangular matrix
          cholesky: function cholesky(A) {
            var size = A.length;
            var T = jStat2.zeros(A.length, A[0].length);
            var parts3;
            jStat2.arange(size).forEach(function(i) {
              parts3 = jStat2.arange(i).map(function(t) {
                return Math2.pow(T[i][t], 2);
              });
              T[i][i] = Math2.sqrt(A[i][i] - jStat2.sum(parts3));
              jStat2.arange(i + 1, size).forEach(function(j) {
                parts3 = jStat2.arange(i).map(function(t) {
                  return T[i][t] * T[j][t];
                });
                T[j][i] = (A[i][j] - jStat2.sum(parts3)) / T[i][i];
              });
            });
            return T;
          },
          gauss_jacobi: function gauss_jacobi(a, b, x, r) {
            var i = 0;
            var j = 0;
            var n = a.length;
            var l = [];
            var u = [];
            var d = [];
            var xv, c, h, xk;
            for (; i < n; i++) {
              l[i] = [];
              u[i] = [];
              d[i] = [];
              for (j = 0; j < n; j++) {
                if (i > j) {
                  l[i][j] = a[i][j];
                  u[i][j] = d[i][j] = 0;
                } else if (i < j) {
                  u[i][j] = a[i][j];
                  l[i][j] = d[i][j] = 0;
                } else {
                  d[i][j] = a[i][j];
                  l[i][j] = u[i][j] = 0;
                }
              }
            }
            h = jStat2.multiply(jStat2.multiply(jStat2.inv(d), jStat2.add(l, u)), -1);
            c = jStat2.multiply(jStat2.inv(d), b);
            xv = x;
            xk = jStat2.add(jStat2.multiply(h, x), c);
            i = 2;
            while (Math2.abs(jStat2.norm(jStat2.subtract(xk, xv))) > r) {
              xv = xk;
              xk = jStat2.add(jStat2.multiply(h, xv), c);
              i++;
            }
            return xk;
          },
          gauss_seidel: function gauss_seidel(a, b, x, r) {
            var i = 0;
            var n = a.length;
            var l = [];
            var u = [];
            var d = [];
            var j, xv, c, h, xk;
            for (; i < n; i++) {
              l[i] = [];
              u[i] = [];
              d[i] = [];
              for (j = 0; j < n; j++) {
                if (i > j) {
                  l[i][j] = a[i][j];
                  u[i][j] = d[i][j] = 0;
                } else if (i < j) {
                  u[i][j] = a[i][j];
                  l[i][j] = d[i][j] = 0;
                } else {
                  d[i][j] = a[i][j];
                  l[i][j] = u[i][j] = 0;
                }
              }
            }
            h = jStat2.multiply(jStat2.multiply(jStat2.inv(jStat2.add(d, l)), u), -1);
            c = jStat2.multiply(jStat2.inv(jStat2.add(d, l)), b);
            xv = x;
            xk = jStat2.add(jStat2.multiply(h, x), c);
            i = 2;
            while (Math2.abs(jStat2.norm(jStat2.subtract(xk, xv))) > r) {
              xv = xk;
              xk = jStat2.add(jStat2.multiply(h, xv), c);
              i = i + 1;
            }
            return xk;
          },
          SOR: function SOR(a, b, x, r, w) {
            var i = 0;
            var n = a.length;
            var l = [];
            var u = [];
            var d = [];
            var j, xv, c, h, xk;
            for (; i < n; i++) {
              l[i] = [];
              u[i] = [];
              d[i] = [];
              for (j = 0; j < n; j++) {
                if (i > j) {
                  l[i][j] = a[i][j];
                  u[i][j] = d[i][j] = 0;
                } else if (i < j) {
                  u[i][j] = a[i][j];
                  l[i][j] = d[i][j] = 0;
                } else {
                  d[i][j] = a[i][j];
                  l[i][j] = u[i][j] = 0;
                }
              }
            }
            h = jStat2.multiply(
              jStat2.inv(jStat2.add(d, jStat2.multiply(l, w))),
              jStat2.subtract(
                jStat2.multiply(d, 1 - w),
                jStat2.multiply(u, w)
              )
            );
            c = jStat2.multiply(jStat2.multiply(jStat2.inv(jStat2.add(
              d,
              jStat2.multiply(l, w)
            )), b), w);
            xv = x;
            xk = jStat2.add(jStat2.multiply(h, x), c);
            i = 2;
            while (Math2.abs(jStat2.norm(jStat2.subtract(xk, xv))) > r) {
              xv = xk;
              xk = jStat2.add(jStat2.multiply(h, xv), c);
              i++;
            }
            return xk;
          },
          householder: function householder(a) {
            var m = a.length;
            var n = a[0].length;
            var i = 0;
            var w = [];
            var p = [];
            var alpha, r, k, j, factor2;
            for (; i < m - 1; i++) {
              alpha = 0;
              for (j = i + 1; j < n; j++)
                alpha += a[j][i] * a[j][i];
              factor2 = a[i + 1][i] > 0 ? -1 : 1;
              alpha = factor2 * Math2.sqrt(alpha);
              r = Math2.sqrt((alpha * alpha - a[i + 1][i] * alpha) / 2);
              w = jStat2.zeros(m, 1);
              w[i + 1][0] = (a[i + 1][i] - alpha) / (2 * r);
              for (k = i + 2; k < m; k++) w[k][0] = a[k][i] / (2 * r);
              p = jStat2.subtract(
                jStat2.identity(m, n),
                jStat2.multiply(jStat2.multiply(w, jStat2.transpose(w)), 2)
              );
              a = jStat2.multiply(p, jStat2.multiply(a, p));
            }
            return a;
          },
          // A -> [Q,R]
          // Q is orthogonal matrix
          // R is upper triangular
          QR: (function() {
            var sum2 = jStat2.sum;
            var range = jStat2.arange;
            function qr2(x) {
              var n = x.length;
              var p = x[0].length;
              var r = jStat2.zeros(p, p);
              x = jStat2.copy(x);
              var i, j, k;
              for (j = 0; j < p; j++) {
                r[j][j] = Math2.sqrt(sum2(range(n).map(function(i2) {
                  return x[i2][j] * x[i2][j];
                })));
                for (i = 0; i < n; i++) {
                  x[i][j] = x[i][j] / r[j][j];
                }
                for (k = j + 1; k < p; k++) {
                  r[j][k] = sum2(range(n).map(function(i2) {
                    return x[i2][j] * x[i2][k];
                  }));
                  for (i = 0; i < n; i++) {
                    x[i][k] = x[i][k] - x[i][j] * r[j][k];
                  }
                }
              }
              return [x, r];
            }
            return qr2;
          })(),
          lstsq: /* @__PURE__ */ (function() {
            function R_I(A) {
              A = jStat2.copy(A);
              var size = A.length;
              var I = jStat2.identity(size);
              jStat2.arange(size - 1, -1, -1).forEach(function(i) {
                jStat2.sliceAssign(
                  I,
                  { row: i },
                  jStat2.divide(jStat2.slice(I, { row: i }), A[i][i])
                );
                jStat2.sliceAssign(
                  A,
                  { row: i },
                  jStat2.divide(jStat2.slice(A, { row: i }), A[i][i])
                );
                jStat2.arange(i).forEach(function(j) {
                  var c = jStat2.multiply(A[j][i], -1);
                  var Aj = jStat2.slice(A, { row: j });
                  var cAi = jStat2.multiply(jStat2.slice(A, { row: i }), c);
                  jStat2.sliceAssign(A, { row: j }, jStat2.add(Aj, cAi));
                  var Ij = jStat2.slice(I, { row: j });
                  var cIi = jStat2.multiply(jStat2.slice(I, { row: i }), c);
                  jStat2.sliceAssign(I, { row: j }, jStat2.add(Ij, cIi));
                });
              });
              return I;
            }
            function qr_solve(A, b) {
              var array_mode = false;
              if (b[0].length === void 0) {
                b = b.map(function(x2) {
                  return [x2];
                });
                array_mode = true;
              }
              var QR = jStat2.QR(A);
              var Q = QR[0];
              var R = QR[1];
              var attrs = A[0].length;
              var Q1 = jStat2.slice(Q, { col: { end: attrs } });
              var R1 = jStat2.slice(R, { row: { end: attrs } });
              var RI = R_I(R1);
              var Q2 = jStat2.transpose(Q1);
              if (Q2[0].length === void 0) {
                Q2 = [Q2];
              }
              var x = jStat2.multiply(jStat2.multiply(RI, Q2), b);
              if (x.length === void 0) {
                x = [[x]];
              }
              if (array_mode)
                return x.map(function(i) {
                  return i[0];
                });
              return x;
            }
            return qr_solve;
          })(),
          jacobi: function jacobi(a) {
            var condition = 1;
            var n = a.length;
            var e = jStat2.identity(n, n);
            var ev = [];
            var b, i, j, p, q, maxim, theta, s;
            while (condition === 1) {
              maxim = a[0][1];
              p = 0;
              q = 1;
              for (i = 0; i < n; i++) {
                for (j = 0; j < n; j++) {
                  if (i != j) {
                    if (maxim < Math2.abs(a[i][j])) {
                      maxim = Math2.abs(a[i][j]);
                      p = i;
                      q = j;
                    }
                  }
                }
              }
              if (a[p][p] === a[q][q])
                theta = a[p][q] > 0 ? Math2.PI / 4 : -Math2.PI / 4;
              else
                theta = Math2.atan(2 * a[p][q] / (a[p][p] - a[q][q])) / 2;
              s = jStat2.identity(n, n);
              s[p][p] = Math2.cos(theta);
              s[p][q] = -Math2.sin(theta);
              s[q][p] = Math2.sin(theta);
              s[q][q] = Math2.cos(theta);
              e = jStat2.multiply(e, s);
              b = jStat2.multiply(jStat2.multiply(jStat2.inv(s), a), s);
              a = b;
              condition = 0;
              for (i = 1; i < n; i++) {
                for (j = 1; j < n; j++) {
                  if (i != j && Math2.abs(a[i][j]) > 1e-3) {
                    condition = 1;
                  }
                }
              }
            }
            for (i = 0; i < n; i++) ev.push(a[i][i]);
            return [e, ev];
          },
          rungekutta: function rungekutta(f, h, p, t_j, u_j, order) {
            var k1, k2, u_j1, k3, k4;
            if (order === 2) {
              while (t_j <= p) {
                k1 = h * f(t_j, u_j);
                k2 = h * f(t_j + h, u_j + k1);
                u_j1 = u_j + (k1 + k2) / 2;
                u_j = u_j1;
                t_j = t_j + h;
              }
            }
            if (order === 4) {
              while (t_j <= p) {
                k1 = h * f(t_j, u_j);
                k2 = h * f(t_j + h / 2, u_j + k1 / 2);
                k3 = h * f(t_j + h / 2, u_j + k2 / 2);
                k4 = h * f(t_j + h, u_j + k3);
                u_j1 = u_j + (k1 + 2 * k2 + 2 * k3 + k4) / 6;
                u_j = u_j1;
                t_j = t_j + h;
              }
            }
            return u_j;
          },
          romberg: function romberg(f, a, b, order) {
            var i = 0;
            var h = (b - a) / 2;
            var x = [];
            var h1 = [];
            var g = [];
            var m, a1, j, k, I;
            while (i < order / 2) {
              I = f(a);
              for (j = a, k = 0; j <= b; j = j + h, k++) x[k] = j;
              m = x.length;
              for (j = 1; j < m - 1; j++) {
                I += (j % 2 !== 0 ? 4 : 2) * f(x[j]);
              }
              I = h / 3 * (I + f(b));
              g[i] = I;
              h /= 2;
              i++;
            }
            a1 = g.length;
            m = 1;
            while (a1 !== 1) {
              for (j = 0; j < a1 - 1; j++)
                h1[j] = (Math2.pow(4, m) * g[j + 1] - g[j]) / (Math2.pow(4, m) - 1);
              a1 = h1.length;
              g = h1;
              h1 = [];
              m++;
            }
            return g;
          },
          richardson: function richardson(X, f, x, h) {
            function pos(X2, x2) {
              var i2 = 0;
              var n = X2.length;
              var p;
              for (; i2 < n; i2++)
                if (X2[i2] === x2) p = i2;
              return p;
            }
            var h_min = Math2.abs(x - X[pos(X, x) + 1]);
            var i = 0;
            var g = [];
            var h1 = [];
            var y1, y2, m, a, j;
            while (h >= h_min) {
              y1 = pos(X, x + h);
              y2 = pos(X, x);
              g[i] = (f[y1] - 2 * f[y2] + f[2 * y2 - y1]) / (h * h);
              h /= 2;
              i++;
            }
            a = g.length;
            m = 1;
            while (a != 1) {
              for (j = 0; j < a - 1; j++)
                h1[j] = (Math2.pow(4, m) * g[j + 1] - g[j]) / (Math2.pow(4, m) - 1);
              a = h1.length;
              g = h1;
              h1 = [];
              m++;
            }
            return g;
          },
          simpson: function simpson(f, a, b, n) {
            var h = (b - a) / n;
            var I = f(a);
            var x = [];
            var j = a;
            var k = 0;
            var i = 1;
            var m;
            for (; j <= b; j = j + h, k++)
              x[k] = j;
            m = x.length;
            for (; i < m - 1; i++) {
              I += (i % 2 !== 0 ? 4 : 2) * f(x[i]);
            }
            return h / 3 * (I + f(b));
          },
          hermite: function hermite(X, F, dF, value) {
            var n = X.length;
            var p = 0;
            var i = 0;
            var l = [];
            var dl = [];
            var A = [];
            var B = [];
            var j;
            for (; i < n; i++) {
              l[i] = 1;
              for (j = 0; j < n; j++) {
                if (i != j) l[i] *= (value - X[j]) / (X[i] - X[j]);
              }
              dl[i] = 0;
              for (j = 0; j < n; j++) {
                if (i != j) dl[i] += 1 / (X[i] - X[j]);
              }
              A[i] = (1 - 2 * (value - X[i]) * dl[i]) * (l[i] * l[i]);
              B[i] = (value - X[i]) * (l[i] * l[i]);
              p += A[i] * F[i] + B[i] * dF[i];
            }
            return p;
          },
          lagrange: function lagrange(X, F, value) {
            var p = 0;
            var i = 0;
            var j, l;
            var n = X.length;
            for (; i < n; i++) {
              l = F[i];
              for (j = 0; j < n; j++) {
                if (i != j) l *= (value - X[j]) / (X[i] - X[j]);
              }
              p += l;
            }
            return p;
          },
          cubic_spline: function cubic_spline(X, F, value) {
            var n = X.length;
            var i = 0, j;
            var A = [];
            var B = [];
            var alpha = [];
            var c = [];
            var h = [];
            var b = [];
            var d = [];
            for (; i < n - 1; i++)
              h[i] = X[i + 1] - X[i];
            alpha[0] = 0;
            for (i = 1; i < n - 1; i++) {
              alpha[i] = 3 / h[i] * (F[i + 1] - F[i]) - 3 / h[i - 1] * (F[i] - F[i - 1]);
            }
            for (i = 1; i < n - 1; i++) {
              A[i] = [];
              B[i] = [];
              A[i][i - 1] = h[i - 1];
              A[i][i] = 2 * (h[i - 1] + h[i]);
              A[i][i + 1] = h[i];
              B[i][0] = alpha[i];
            }
            c = jStat2.multiply(jStat2.inv(A), B);
            for (j = 0; j < n - 1; j++) {
              b[j] = (F[j + 1] - F[j]) / h[j] - h[j] * (c[j + 1][0] + 2 * c[j][0]) / 3;
              d[j] = (c[j + 1][0] - c[j][0]) / (3 * h[j]);
            }
            for (j = 0; j < n; j++) {
              if (X[j] > value) break;
            }
            j -= 1;
            return F[j] + (value - X[j]) * b[j] + jStat2.sq(value - X[j]) * c[j] + (value - X[j]) * jStat2.sq(value - X[j]) * d[j];
          },
          gauss_quadrature: function gauss_quadrature() {
            throw new Error("gauss_quadrature not yet implemented");
          },
          PCA: function PCA(X) {
            var m = X.length;
            var n = X[0].length;
            var i = 0;
            var j, temp1;
            var u = [];
            var D = [];
            var result = [];
            var temp2 = [];
            var Y = [];
            var Bt = [];
            var B = [];
            var C = [];
            var V = [];
            var Vt = [];
            for (i = 0; i < m; i++) {
              u[i] = jStat2.sum(X[i]) / n;
            }
            for (i = 0; i < n; i++) {
              B[i] = [];
              for (j = 0; j < m; j++) {
                B[i][j] = X[j][i] - u[j];
              }
            }
            B = jStat2.transpose(B);
            for (i = 0; i < m; i++) {
              C[i] = [];
              for (j = 0; j < m; j++) {
                C[i][j] = jStat2.dot([B[i]], [B[j]]) / (n - 1);
              }
            }
            result = jStat2.jacobi(C);
            V = result[0];
            D = result[1];
            Vt = jStat2.transpose(V);
            for (i = 0; i < D.length; i++) {
              for (j = i; j < D.length; j++) {
                if (D[i] < D[j]) {
                  temp1 = D[i];
                  D[i] = D[j];
                  D[j] = temp1;
                  temp2 = Vt[i];
                  Vt[i] = Vt[j];
                  Vt[j] = temp2;
                }
              }
            }
            Bt = jStat2.transpose(B);
            for (i = 0; i < m; i++) {
              Y[i] = [];
              for (j = 0; j < Bt.length; j++) {
                Y[i][j] = jStat2.dot([Vt[i]], [Bt[j]]);
              }
            }
            return [X, D, Vt, Y];
          }
        });
        (function(funcs) {
          for (var i = 0; i < funcs.length; i++) (function(passfunc) {
            jStat2.fn[passfunc] = function(arg, func) {
              var tmpthis = this;
              if (func) {
                setTimeout(function() {
                  func.call(tmpthis, jStat2.fn[passfunc].call(tmpthis, arg));
                }, 15);
                return this;
              }
              if (typeof jStat2[passfunc](this, arg) === "number")
                return jStat2[passfunc](this, arg);
              else
                return jStat2(jStat2[passfunc](this, arg));
            };
          })(funcs[i]);
        })("add divide multiply subtract dot pow exp log abs norm angle".split(" "));
      })(jStat, Math);
      (function(jStat2, Math2) {
        var slice2 = [].slice;
        var isNumber = jStat2.utils.isNumber;
        var isArray = jStat2.utils.isArray;
        jStat2.extend({
          // 2 different parameter lists:
          // (value, mean, sd)
          // (value, array, flag)
          zscore: function zscore() {
            var args = slice2.call(arguments);
            if (isNumber(args[1])) {
              return (args[0] - args[1]) / args[2];
            }
            return (args[0] - jStat2.mean(args[1])) / jStat2.stdev(args[1], args[2]);
          },
          // 3 different paramter lists:
          // (value, mean, sd, sides)
          // (zscore, sides)
          // (value, array, sides, flag)
          ztest: function ztest() {
            var args = slice2.call(arguments);
            var z;
            if (isArray(args[1])) {
              z = jStat2.zscore(args[0], args[1], args[3]);
              return args[2] === 1 ? jStat2.normal.cdf(-Math2.abs(z), 0, 1) : jStat2.normal.cdf(-Math2.abs(z), 0, 1) * 2;
            } else {
              if (args.length > 2) {
                z = jStat2.zscore(args[0], args[1], args[2]);
                return args[3] === 1 ? jStat2.normal.cdf(-Math2.abs(z), 0, 1) : jStat2.normal.cdf(-Math2.abs(z), 0, 1) * 2;
              } else {
                z = args[0];
                return args[1] === 1 ? jStat2.normal.cdf(-Math2.abs(z), 0, 1) : jStat2.normal.cdf(-Math2.abs(z), 0, 1) * 2;
              }
            }
          }
        });
        jStat2.extend(jStat2.fn, {
          zscore: function zscore(value, flag) {
            return (value - this.mean()) / this.stdev(flag);
          },
          ztest: function ztest(value, sides, flag) {
            var zscore = Math2.abs(this.zscore(value, flag));
            return sides === 1 ? jStat2.normal.cdf(-zscore, 0, 1) : jStat2.normal.cdf(-zscore, 0, 1) * 2;
          }
        });
        jStat2.extend({
          // 2 parameter lists
          // (value, mean, sd, n)
          // (value, array)
          tscore: function tscore() {
            var args = slice2.call(arguments);
            return args.length === 4 ? (args[0] - args[1]) / (args[2] / Math2.sqrt(args[3])) : (args[0] - jStat2.mean(args[1])) / (jStat2.stdev(args[1], true) / Math2.sqrt(args[1].length));
          },
          // 3 different paramter lists:
          // (value, mean, sd, n, sides)
          // (tscore, n, sides)
          // (value, array, sides)
          ttest: function ttest() {
            var args = slice2.call(arguments);
            var tscore;
            if (args.length === 5) {
              tscore = Math2.abs(jStat2.tscore(args[0], args[1], args[2], args[3]));
              return args[4] === 1 ? jStat2.studentt.cdf(-tscore, args[3] - 1) : jStat2.studentt.cdf(-tscore, args[3] - 1) * 2;
            }
            if (isNumber(args[1])) {
              tscore = Math2.abs(args[0]);
              return args[2] == 1 ? jStat2.studentt.cdf(-tscore, args[1] - 1) : jStat2.studentt.cdf(-tscore, args[1] - 1) * 2;
            }
            tscore = Math2.abs(jStat2.tscore(args[0], args[1]));
            return args[2] == 1 ? jStat2.studentt.cdf(-tscore, args[1].length - 1) : jStat2.studentt.cdf(-tscore, args[1].length - 1) * 2;
          }
        });
        jStat2.extend(jStat2.fn, {
          tscore: function tscore(value) {
            return (value - this.mean()) / (this.stdev(true) / Math2.sqrt(this.cols()));
          },
          ttest: function ttest(value, sides) {
            return sides === 1 ? 1 - jStat2.studentt.cdf(Math2.abs(this.tscore(value)), this.cols() - 1) : jStat2.studentt.cdf(-Math2.abs(this.tscore(value)), this.cols() - 1) * 2;
          }
        });
        jStat2.extend({
          // Paramter list is as follows:
          // (array1, array2, array3, ...)
          // or it is an array of arrays
          // array of arrays conversion
          anovafscore: function anovafscore() {
            var args = slice2.call(arguments), expVar, sample, sampMean, sampSampMean, tmpargs, unexpVar, i, j;
            if (args.length === 1) {
              tmpargs = new Array(args[0].length);
              for (i = 0; i < args[0].length; i++) {
                tmpargs[i] = args[0][i];
              }
              args = tmpargs;
            }
            sample = new Array();
            for (i = 0; i < args.length; i++) {
              sample = sample.concat(args[i]);
            }
            sampMean = jStat2.mean(sample);
            expVar = 0;
            for (i = 0; i < args.length; i++) {
              expVar = expVar + args[i].length * Math2.pow(jStat2.mean(args[i]) - sampMean, 2);
            }
            expVar /= args.length - 1;
            unexpVar = 0;
            for (i = 0; i < args.length; i++) {
              sampSampMean = jStat2.mean(args[i]);
              for (j = 0; j < args[i].length; j++) {
                unexpVar += Math2.pow(args[i][j] - sampSampMean, 2);
              }
            }
            unexpVar /= sample.length - args.length;
            return expVar / unexpVar;
          },
          // 2 different paramter setups
          // (array1, array2, array3, ...)
          // (anovafscore, df1, df2)
          anovaftest: function anovaftest() {
            var args = slice2.call(arguments), df1, df2, n, i;
            if (isNumber(args[0])) {
              return 1 - jStat2.centralF.cdf(args[0], args[1], args[2]);
            }
            var anovafscore = jStat2.anovafscore(args);
            df1 = args.length - 1;
            n = 0;
            for (i = 0; i < args.length; i++) {
              n = n + args[i].length;
            }
            df2 = n - df1 - 1;
            return 1 - jStat2.centralF.cdf(anovafscore, df1, df2);
          },
          ftest: function ftest(fscore, df1, df2) {
            return 1 - jStat2.centralF.cdf(fscore, df1, df2);
          }
        });
        jStat2.extend(jStat2.fn, {
          anovafscore: function anovafscore() {
            return jStat2.anovafscore(this.toArray());
          },
          anovaftes: function anovaftes() {
            var n = 0;
            var i;
            for (i = 0; i < this.length; i++) {
              n = n + this[i].length;
            }
            return jStat2.ftest(this.anovafscore(), this.length - 1, n - this.length);
          }
        });
        jStat2.extend({
          // 2 parameter lists
          // (mean1, mean2, n1, n2, sd)
          // (array1, array2, sd)
          qscore: function qscore() {
            var args = slice2.call(arguments);
            var mean1, mean2, n1, n2, sd;
            if (isNumber(args[0])) {
              mean1 = args[0];
              mean2 = args[1];
              n1 = args[2];
              n2 = args[3];
              sd = args[4];
            } else {
              mean1 = jStat2.mean(args[0]);
              mean2 = jStat2.mean(args[1]);
              n1 = args[0].length;
              n2 = args[1].length;
              sd = args[2];
            }
            return Math2.abs(mean1 - mean2) / (sd * Math2.sqrt((1 / n1 + 1 / n2) / 2));
          },
          // 3 different parameter lists:
          // (qscore, n, k)
          // (mean1, mean2, n1, n2, sd, n, k)
          // (array1, array2, sd, n, k)
          qtest: function qtest() {
            var args = slice2.call(arguments);
            var qscore;
            if (args.length === 3) {
              qscore = args[0];
              args = args.slice(1);
            } else if (args.length === 7) {
              qscore = jStat2.qscore(args[0], args[1], args[2], args[3], args[4]);
              args = args.slice(5);
            } else {
              qscore = jStat2.qscore(args[0], args[1], args[2]);
              args = args.slice(3);
            }
            var n = args[0];
            var k = args[1];
            return 1 - jStat2.tukey.cdf(qscore, k, n - k);
          },
          tukeyhsd: function tukeyhsd(arrays) {
            var sd = jStat2.pooledstdev(arrays);
            var means2 = arrays.map(function(arr) {
              return jStat2.mean(arr);
            });
            var n = arrays.reduce(function(n2, arr) {
              return n2 + arr.length;
            }, 0);
            var results = [];
            for (var i = 0; i < arrays.length; ++i) {
              for (var j = i + 1; j < arrays.length; ++j) {
                var p = jStat2.qtest(means2[i], means2[j], arrays[i].length, arrays[j].length, sd, n, arrays.length);
                results.push([[i, j], p]);
              }
            }
            return results;
          }
        });
        jStat2.extend({
          // 2 different parameter setups
          // (value, alpha, sd, n)
          // (value, alpha, array)
          normalci: function normalci() {
            var args = slice2.call(arguments), ans = new Array(2), change;
            if (args.length === 4) {
              change = Math2.abs(jStat2.normal.inv(args[1] / 2, 0, 1) * args[2] / Math2.sqrt(args[3]));
            } else {
              change = Math2.abs(jStat2.normal.inv(args[1] / 2, 0, 1) * jStat2.stdev(args[2]) / Math2.sqrt(args[2].length));
            }
            ans[0] = args[0] - change;
            ans[1] = args[0] + change;
            return ans;
          },
          // 2 different parameter setups
          // (value, alpha, sd, n)
          // (value, alpha, array)
          tci: function tci() {
            var args = slice2.call(arguments), ans = new Array(2), change;
            if (args.length === 4) {
              change = Math2.abs(jStat2.studentt.inv(args[1] / 2, args[3] - 1) * args[2] / Math2.sqrt(args[3]));
            } else {
              change = Math2.abs(jStat2.studentt.inv(args[1] / 2, args[2].length - 1) * jStat2.stdev(args[2], true) / Math2.sqrt(args[2].length));
            }
            ans[0] = args[0] - change;
            ans[1] = args[0] + change;
            return ans;
          },
          significant: function significant(pvalue, alpha) {
            return pvalue < alpha;
          }
        });
        jStat2.extend(jStat2.fn, {
          normalci: function normalci(value, alpha) {
            return jStat2.normalci(value, alpha, this.toArray());
          },
          tci: function tci(value, alpha) {
            return jStat2.tci(value, alpha, this.toArray());
          }
        });
        function differenceOfProportions(p1, n1, p2, n2) {
          if (p1 > 1 || p2 > 1 || p1 <= 0 || p2 <= 0) {
            throw new Error("Proportions should be greater than 0 and less than 1");
          }
          var pooled = (p1 * n1 + p2 * n2) / (n1 + n2);
          var se = Math2.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2));
          return (p1 - p2) / se;
        }
        jStat2.extend(jStat2.fn, {
          oneSidedDifferenceOfProportions: function oneSidedDifferenceOfProportions(p1, n1, p2, n2) {
            var z = differenceOfProportions(p1, n1, p2, n2);
            return jStat2.ztest(z, 1);
          },
          twoSidedDifferenceOfProportions: function twoSidedDifferenceOfProportions(p1, n1, p2, n2) {
            var z = differenceOfProportions(p1, n1, p2, n2);
            return jStat2.ztest(z, 2);
          }
        });
      })(jStat, Math);
      jStat.models = /* @__PURE__ */ (function() {
        function sub_regress(exog) {
          var var_count = exog[0].length;
          var modelList = jStat.arange(var_count).map(function(endog_index) {
            var exog_index = jStat.arange(var_count).filter(function(i) {
              return i !== endog_index;
            });
            return ols(
              jStat.col(exog, endog_index).map(function(x) {
                return x[0];
              }),
              jStat.col(exog, exog_index)
            );
          });
          return modelList;
        }
        function ols(endog, exog) {
          var nobs = endog.length;
          var df_model = exog[0].length - 1;
          var df_resid = nobs - df_model - 1;
          var coef = jStat.lstsq(exog, endog);
          var predict = jStat.multiply(exog, coef.map(function(x) {
            return [x];
          })).map(function(p) {
            return p[0];
          });
          var resid = jStat.subtract(endog, predict);
          var ybar = jStat.mean(endog);
          var SSE = jStat.sum(predict.map(function(f) {
            return Math.pow(f - ybar, 2);
          }));
          var SSR = jStat.sum(endog.map(function(y, i) {
            return Math.pow(y - predict[i], 2);
          }));
          var SST = SSE + SSR;
          var R2 = SSE / SST;
          return {
            exog,
            endog,
            nobs,
            df_model,
            df_resid,
            coef,
            predict,
            resid,
            ybar,
            SST,
            SSE,
            SSR,
            R2
          };
        }
        function t_test(model) {
          var subModelList = sub_regress(model.exog);
          var sigmaHat = Math.sqrt(model.SSR / model.df_resid);
          var seBetaHat = subModelList.map(function(mod) {
            var SST = mod.SST;
            var R2 = mod.R2;
            return sigmaHat / Math.sqrt(SST * (1 - R2));
          });
          var tStatistic = model.coef.map(function(coef, i) {
            return (coef - 0) / seBetaHat[i];
          });
          var pValue = tStatistic.map(function(t) {
            var leftppf = jStat.studentt.cdf(t, model.df_resid);
            return (leftppf > 0.5 ? 1 - leftppf : leftppf) * 2;
          });
          var c = jStat.studentt.inv(0.975, model.df_resid);
          var interval95 = model.coef.map(function(coef, i) {
            var d = c * seBetaHat[i];
            return [coef - d, coef + d];
          });
          return {
            se: seBetaHat,
            t: tStatistic,
            p: pValue,
            sigmaHat,
            interval95
          };
        }
        function F_test(model) {
          var F_statistic = model.R2 / model.df_model / ((1 - model.R2) / model.df_resid);
          var fcdf = function(x, n1, n2) {
            return jStat.beta.cdf(x / (n2 / n1 + x), n1 / 2, n2 / 2);
          };
          var pvalue = 1 - fcdf(F_statistic, model.df_model, model.df_resid);
          return { F_statistic, pvalue };
        }
        function ols_wrap(endog, exog) {
          var model = ols(endog, exog);
          var ttest = t_test(model);
          var ftest = F_test(model);
          var adjust_R2 = 1 - (1 - model.R2) * ((model.nobs - 1) / model.df_resid);
          model.t = ttest;
          model.f = ftest;
          model.adjust_R2 = adjust_R2;
          return model;
        }
        return { ols: ols_wrap };
      })();
      jStat.extend({
        buildxmatrix: function buildxmatrix() {
          var matrixRows = new Array(arguments.length);
          for (var i = 0; i < arguments.length; i++) {
            var array2 = [1];
            matrixRows[i] = array2.concat(arguments[i]);
          }
          return jStat(matrixRows);
        },
        builddxmatrix: function builddxmatrix() {
          var matrixRows = new Array(arguments[0].length);
          for (var i = 0; i < arguments[0].length; i++) {
            var array2 = [1];
            matrixRows[i] = array2.concat(arguments[0][i]);
          }
          return jStat(matrixRows);
        },
        buildjxmatrix: function buildjxmatrix(jMat) {
          var pass2 = new Array(jMat.length);
          for (var i = 0; i < jMat.length; i++) {
            pass2[i] = jMat[i];
          }
          return jStat.builddxmatrix(pass2);
        },
        buildymatrix: function buildymatrix(array2) {
          return jStat(array2).transpose();
        },
        buildjymatrix: function buildjymatrix(jMat) {
          return jMat.transpose();
        },
        matrixmult: function matrixmult(A, B) {
          var i, j, k, result, sum2;
          if (A.cols() == B.rows()) {
            if (B.rows() > 1) {
              result = [];
              for (i = 0; i < A.rows(); i++) {
                result[i] = [];
                for (j = 0; j < B.cols(); j++) {
                  sum2 = 0;
                  for (k = 0; k < A.cols(); k++) {
                    sum2 += A.toArray()[i][k] * B.toArray()[k][j];
                  }
                  result[i][j] = sum2;
                }
              }
              return jStat(result);
            }
            result = [];
            for (i = 0; i < A.rows(); i++) {
              result[i] = [];
              for (j = 0; j < B.cols(); j++) {
                sum2 = 0;
                for (k = 0; k < A.cols(); k++) {
                  sum2 += A.toArray()[i][k] * B.toArray()[j];
                }
                result[i][j] = sum2;
              }
            }
            return jStat(result);
          }
        },
        //regress and regresst to be fixed
        regress: function regress(jMatX, jMatY) {
          var innerinv = jStat.xtranspxinv(jMatX);
          var xtransp = jMatX.transpose();
          var next2 = jStat.matrixmult(jStat(innerinv), xtransp);
          return jStat.matrixmult(next2, jMatY);
        },
        regresst: function regresst(jMatX, jMatY, sides) {
          var beta = jStat.regress(jMatX, jMatY);
          var compile = {};
          compile.anova = {};
          var jMatYBar = jStat.jMatYBar(jMatX, beta);
          compile.yBar = jMatYBar;
          var yAverage = jMatY.mean();
          compile.anova.residuals = jStat.residuals(jMatY, jMatYBar);
          compile.anova.ssr = jStat.ssr(jMatYBar, yAverage);
          compile.anova.msr = compile.anova.ssr / (jMatX[0].length - 1);
          compile.anova.sse = jStat.sse(jMatY, jMatYBar);
          compile.anova.mse = compile.anova.sse / (jMatY.length - (jMatX[0].length - 1) - 1);
          compile.anova.sst = jStat.sst(jMatY, yAverage);
          compile.anova.mst = compile.anova.sst / (jMatY.length - 1);
          compile.anova.r2 = 1 - compile.anova.sse / compile.anova.sst;
          if (compile.anova.r2 < 0) compile.anova.r2 = 0;
          compile.anova.fratio = compile.anova.msr / compile.anova.mse;
          compile.anova.pvalue = jStat.anovaftest(
            compile.anova.fratio,
            jMatX[0].length - 1,
            jMatY.length - (jMatX[0].length - 1) - 1
          );
          compile.anova.rmse = Math.sqrt(compile.anova.mse);
          compile.anova.r2adj = 1 - compile.anova.mse / compile.anova.mst;
          if (compile.anova.r2adj < 0) compile.anova.r2adj = 0;
          compile.stats = new Array(jMatX[0].length);
          var covar = jStat.xtranspxinv(jMatX);
          var sds, ts, ps;
          for (var i = 0; i < beta.length; i++) {
            sds = Math.sqrt(compile.anova.mse * Math.abs(covar[i][i]));
            ts = Math.abs(beta[i] / sds);
            ps = jStat.ttest(ts, jMatY.length - jMatX[0].length - 1, sides);
            compile.stats[i] = [beta[i], sds, ts, ps];
          }
          compile.regress = beta;
          return compile;
        },
        xtranspx: function xtranspx(jMatX) {
          return jStat.matrixmult(jMatX.transpose(), jMatX);
        },
        xtranspxinv: function xtranspxinv(jMatX) {
          var inner = jStat.matrixmult(jMatX.transpose(), jMatX);
          var innerinv = jStat.inv(inner);
          return innerinv;
        },
        jMatYBar: function jMatYBar(jMatX, beta) {
          var yBar = jStat.matrixmult(jMatX, beta);
          return new jStat(yBar);
        },
        residuals: function residuals(jMatY, jMatYBar) {
          return jStat.matrixsubtract(jMatY, jMatYBar);
        },
        ssr: function ssr(jMatYBar, yAverage) {
          var ssr2 = 0;
          for (var i = 0; i < jMatYBar.length; i++) {
            ssr2 += Math.pow(jMatYBar[i] - yAverage, 2);
          }
          return ssr2;
        },
        sse: function sse(jMatY, jMatYBar) {
          var sse2 = 0;
          for (var i = 0; i < jMatY.length; i++) {
            sse2 += Math.pow(jMatY[i] - jMatYBar[i], 2);
          }
          return sse2;
        },
        sst: function sst(jMatY, yAverage) {
          var sst2 = 0;
          for (var i = 0; i < jMatY.length; i++) {
            sst2 += Math.pow(jMatY[i] - yAverage, 2);
          }
          return sst2;
        },
        matrixsubtract: function matrixsubtract(A, B) {
          var ans = new Array(A.length);
          for (var i = 0; i < A.length; i++) {
            ans[i] = new Array(A[i].length);
            for (var j = 0; j < A[i].length; j++) {
              ans[i][j] = A[i][j] - B[i][j];
            }
          }
          return jStat(ans);
        }
      });
      jStat.jStat = jStat;
      return jStat;
    });
  }
});

// src/runtime/locate.ts
import { existsSync, readFileSync } from "node:fs";
import { dirname as dirname2, join as join3 } from "node:path";
import { fileURLToPath } from "node:url";

// src/progress.ts
var silent = { stage: () => ({ advance() {
}, done() {
} }), note() {
} };
function labelled(progress, label) {
  return {
    stage: (name, total, unit) => progress.stage(`${label}: ${name}`, total, unit),
    note: (message) => progress.note(`${label}: ${message}`)
  };
}
function noteOnce(progress) {
  const said = /* @__PURE__ */ new Set();
  return {
    stage: (name, total, unit) => progress.stage(name, total, unit),
    note(message) {
      if (said.has(message)) return;
      said.add(message);
      progress.note(message);
    }
  };
}
function progressCount(count2, total, unit) {
  return [total === void 0 ? `${count2}` : `${count2}/${total}`, unit].filter(Boolean).join(" ");
}

// src/runtime/pinned.json
var pinned_default = {
  name: "onnxruntime-node",
  version: "1.30.0",
  integrity: "sha512-twhs1C2C/BFkz1yc5OY0KIU2GUq6DURO7hD4bx5Q2Qy3nAMJwRXW8xU3NVczE29VA9lolLOYepoD8fjTGOfIqw==",
  platforms: {
    "darwin-arm64": {
      "libonnxruntime.1.30.0.dylib": "685d2be5dba1309c89d3a5324b7fd06a5c42f1a61bfea32d14c4cc28d072121d",
      "libonnxruntime.1.dylib": "685d2be5dba1309c89d3a5324b7fd06a5c42f1a61bfea32d14c4cc28d072121d",
      "onnxruntime_binding.node": "a3f993357759b06ae2411f70af60f5e041d04521ea7f0d12cb7546e411a527dd"
    },
    "linux-arm64": {
      "libonnxruntime.so.1": "1f549d46250b005580b597f4164984aaf75b3bcb9f3aeb07c7f8a8fe60b23c76",
      "onnxruntime_binding.node": "afec78dc11d38dc81605b068cefe1fc73ffe77ca240c15468aa40786150beac8"
    },
    "linux-x64": {
      "libonnxruntime.so.1": "ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23",
      "onnxruntime_binding.node": "ccdc60b981d93a490cf9513d3f583547252b6e285b72988a96a494f2f006c7b8"
    },
    "win32-arm64": {
      "DirectML.dll": "aaf72a9d55aa123e0708d957d30dd4fbeb7a2e335ec6257ed5ff4261a402b9ee",
      "dxcompiler.dll": "442a995492579e1048cf1f05a86ab00f476c46b7f9d0996e588884040a543bbe",
      "dxil.dll": "859b6d638c5ca3df39e9cab2a602cb0f63d0e63d750f84bb2a9ec9031319b73e",
      "onnxruntime.dll": "6c3a2abf5c6aca11c48a0d338a91af309f2266f25ce2e4084e6a87bbcb0fbfd0",
      "onnxruntime_binding.node": "d8179924f15c2d3c1c8a75c50adf1671ec28c7f1cb0da9fc28b17daa02c5ecf5"
    },
    "win32-x64": {
      "DirectML.dll": "234e8898778cdec88d3cb0539508273494082812c968699f3de665a018971625",
      "dxcompiler.dll": "593d42df78c7f9cbd97c1374af107cfe20985759f98b77afc1448fe41ee3cc76",
      "dxil.dll": "cf9a3981263f8ec30c9905d136eeaf4b4573209c602198671b958ec86905dea8",
      "onnxruntime.dll": "508c362f5673483dd3a086379c392795b2e42d10d5e6f3f90ebd7ac21c97af67",
      "onnxruntime_binding.node": "ddd428464069b84414d34ec1796c7c2a69c33a976e4b0390692629e394f92fa1"
    }
  }
};

// src/runtime/pinned.ts
var pinned = pinned_default;
var thisPlatform = `${process.platform}-${process.arch}`;
var bindingFile = "onnxruntime_binding.node";

// src/runtime/provision.ts
var import_tar_stream = __toESM(require_tar_stream(), 1);
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { homedir as homedir2 } from "node:os";
import { dirname, join as join2 } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { createGunzip } from "node:zlib";

// src/runtime/registry.ts
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
var defaultRegistry = "https://registry.npmjs.org";
async function findRegistry(env = process.env) {
  const file = env["NPM_CONFIG_USERCONFIG"] ?? env["npm_config_userconfig"] ?? join(homedir(), ".npmrc");
  const settings = await readNpmrc(file, env);
  const set = env["npm_config_registry"] ?? env["NPM_CONFIG_REGISTRY"];
  const [url, source2] = set ? [set, "npm_config_registry"] : settings.has("registry") ? [settings.get("registry"), file] : [defaultRegistry, "default"];
  const trimmed = url.replace(/\/+$/, "");
  const token = settings.get(`${trimmed.replace(/^https?:/, "")}/:_authToken`);
  return { url: trimmed, source: source2, ...token && { token } };
}
async function readNpmrc(file, env) {
  let text;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(error.code ?? "")) return /* @__PURE__ */ new Map();
    throw error;
  }
  return new Map(
    [...text.matchAll(/^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/gm)].map(([, key2, value]) => [
      key2,
      value.replace(/^"(.*)"$/, "$1").replace(/\$\{(\w+)\}/g, (whole, name) => env[name] ?? whole)
    ])
  );
}

// src/runtime/provision.ts
function cacheFolder(env = process.env) {
  const root = env["RUNNER_TOOL_CACHE"] || join2(homedir2(), ".cache", "quant-gate");
  return join2(root, pinned.name, pinned.version, process.arch);
}
async function provisionRuntime(options = {}) {
  const { folder = cacheFolder(), runtime = pinned, progress = silent } = options;
  const hashes = runtime.platforms[thisPlatform];
  if (!hashes) {
    const built = Object.keys(runtime.platforms).join(", ");
    throw new UserError(
      `${runtime.name} ${runtime.version} is not built for ${thisPlatform} (only for ${built}). Give the folder of your own build as runtime-path.`
    );
  }
  await removeStale(dirname(folder));
  const wrong = await wrongFiles(folder, hashes);
  if (wrong?.length === 0) return { folder, downloaded: false };
  if (wrong) {
    progress.note(`${folder}: ${wrong.join(", ")} changed since the download; fetching again`);
    await setAside(folder);
  }
  const registry = options.registry ?? await findRegistry();
  const stage = progress.stage(`fetching ${runtime.name} ${runtime.version} from ${registry.url}`);
  await atomicFolder(folder, (temporary) => download(temporary, hashes, runtime, registry, options.tries ?? 3));
  stage.done();
  const bad = await wrongFiles(folder, hashes);
  if (bad?.length !== 0) throw new Error(`${folder} changed right after the download`);
  return { folder, downloaded: true };
}
async function wrongFiles(folder, hashes) {
  let present2;
  try {
    present2 = await readdir(folder);
  } catch (error) {
    if (error.code === "ENOENT") return void 0;
    throw error;
  }
  const wrong = present2.filter((name) => !Object.hasOwn(hashes, name));
  for (const [name, hash] of Object.entries(hashes)) {
    if (!present2.includes(name) || await sha256File(join2(folder, name)) !== hash) wrong.push(name);
  }
  return wrong;
}
async function setAside(folder) {
  const aside = temporaryPath(folder);
  try {
    await rename(folder, aside);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  await rm(aside, { recursive: true, force: true });
}
var TransientError = class extends Error {
};
async function download(folder, hashes, { name, version: version2 }, registry, tries) {
  const url = `${registry.url}/${name}/-/${name}-${version2}.tgz`;
  for (let attempt2 = 1; ; attempt2++) {
    try {
      return await unpack(await get(url, registry), folder, hashes, url);
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      if (attempt2 >= tries) throw unreachable(name, version2, registry, error.message);
    }
    for (const file of await readdir(folder)) await rm(join2(folder, file));
    await delay(500 * 2 ** attempt2);
  }
}
function unreachable(name, version2, registry, why) {
  const files = `bin/napi-v6/${process.platform}/${process.arch}`;
  return new UserError(
    `${name} ${version2} cannot be fetched from ${registry.url} (${registry.source}): ${why}. Without that registry, set npm_config_registry to a mirror, or give runtime-path: the folder ${files} of an unpacked ${name} ${version2}.`
  );
}
async function get(url, { token }) {
  const { HttpClient } = await import("./chunk-E5ZU7MTL.js");
  const client = new HttpClient("quant-gate", void 0, { socketTimeout: 3e4 });
  let message;
  try {
    ({ message } = await client.get(url, token ? { authorization: `Bearer ${token}` } : {}));
  } catch (error) {
    throw new TransientError(error.message || String(error.code));
  }
  const status = message.statusCode ?? 0;
  if (status === 200) return message;
  message.destroy();
  const why = `the server answered ${status}${status === 401 || status === 403 ? ": not allowed" : ""}`;
  if (status >= 500 || status === 429) throw new TransientError(why);
  throw new UserError(`${url}: ${why}. Set npm_config_registry to a registry that has it, or give runtime-path.`);
}
async function unpack(body, folder, hashes, url) {
  const prefix = `package/bin/napi-v6/${process.platform}/${process.arch}/`;
  const missing2 = new Set(Object.keys(hashes));
  const tar = (0, import_tar_stream.extract)();
  const flow = pipeline(body, createGunzip(), tar);
  flow.catch(() => {
  });
  try {
    for await (const entry of tar) {
      const name = entry.header.name.startsWith(prefix) ? entry.header.name.slice(prefix.length) : "";
      if (!missing2.has(name) || entry.header.type !== "file") {
        entry.resume();
        continue;
      }
      const hash = await writeHashed(entry, join2(folder, name));
      if (hash !== hashes[name]) {
        throw new UserError(
          `${url}: ${name} has sha256 ${hash}, expected ${hashes[name]}. The registry, or a proxy before it, changed the package; nothing was installed.`
        );
      }
      missing2.delete(name);
      if (missing2.size === 0) return;
    }
  } catch (error) {
    if (error instanceof UserError || isFileSystemError(error)) throw error;
    throw new TransientError(error.message);
  } finally {
    body.destroy();
  }
  throw new UserError(`${url} has no ${prefix}${[...missing2][0]}: it is not the package that it should be`);
}
async function writeHashed(entry, path) {
  const hash = createHash("sha256");
  await pipeline(
    entry,
    async function* (source2) {
      for await (const chunk of source2) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { flags: "wx", mode: 493 })
  );
  return hash.digest("hex");
}
function isFileSystemError(error) {
  return error.path !== void 0 || error.code === "ENOSPC";
}

// src/runtime/locate.ts
async function locateRuntime(options = {}) {
  if (options.runtimePath !== void 0) return atPath(options.runtimePath);
  inModules ??= inNodeModules(options.progress ?? silent);
  const found2 = await inModules;
  if (found2) return found2;
  const { folder, downloaded } = await provisionRuntime({ ...options.progress && { progress: options.progress } });
  return {
    binding: join3(folder, bindingFile),
    version: pinned.version,
    source: downloaded ? "downloaded" : "tool cache"
  };
}
function atPath(path) {
  const inPackage = join3("bin/napi-v6", process.platform, process.arch);
  const candidates = ["", inPackage, join3("package", inPackage), join3("node_modules", pinned.name, inPackage)];
  const folder = candidates.map((part) => join3(path, part)).find((each) => existsSync(join3(each, bindingFile)));
  if (!folder) {
    throw new UserError(
      `runtime-path ${path}: there is no ${bindingFile} for ${thisPlatform} in it. Unpack ${pinned.name} ${pinned.version} there (npm pack ${pinned.name}@${pinned.version}), or name its folder ${inPackage}.`
    );
  }
  const version2 = packageVersion(join3(folder, "../../../..")) ?? pinned.version;
  if (version2 !== pinned.version) {
    throw new UserError(`runtime-path ${path}: it is ${pinned.name} ${version2}; this program needs ${pinned.version}`);
  }
  return { binding: join3(folder, bindingFile), version: version2, source: "runtime-path" };
}
var inModules;
async function inNodeModules(progress) {
  const hashes = pinned.platforms[thisPlatform];
  if (!hashes) return void 0;
  for (let folder = dirname2(fileURLToPath(import.meta.url)); ; folder = dirname2(folder)) {
    const root = join3(folder, "node_modules", pinned.name);
    const native = join3(root, "bin/napi-v6", process.platform, process.arch);
    if (packageVersion(root) === pinned.version) {
      const wrong = await wrongFiles(native, hashes);
      if (wrong?.length === 0) {
        return { binding: join3(native, bindingFile), version: pinned.version, source: "node_modules" };
      }
      if (wrong) progress.note(`${native} is not used: ${wrong.join(", ")} is not as published`);
    }
    if (folder === dirname2(folder)) return void 0;
  }
}
function packageVersion(root) {
  const file = join3(root, "package.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).version : void 0;
}

// src/engine/plan.ts
import { stat as stat3 } from "node:fs/promises";
import { resolve as resolve4 } from "node:path";

// src/command.ts
import { spawn } from "node:child_process";
var secret = /TOKEN|SECRET|PASSWORD|CREDENTIAL|^ACTIONS_|^INPUT_/i;
var tailLength = 2e3;
async function runCommand(command, request) {
  const { what, position } = request;
  const refuse = (message, cause) => new UserError(message, { ...position && { position }, cause });
  if (!request.allowed) {
    throw refuse(
      `the ${what} is not run: commands are refused here (in a pull request from a fork, or by --no-commands); commit what it makes, or let the operator of this repository set allow-commands`
    );
  }
  const stage = request.progress.stage(what);
  const inherited = Object.entries(process.env).filter(([name]) => !secret.test(name));
  const child = spawn(command, {
    shell: true,
    cwd: request.folder,
    env: { ...Object.fromEntries(inherited), ...request.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: process.platform !== "win32"
  });
  const { pid } = child;
  if (pid !== void 0) running.add(pid);
  endAtExit();
  let tail = "";
  const keep2 = (chunk) => {
    tail = (tail + chunk.toString("utf8")).slice(-tailLength);
    stage.advance(0, lastLine(tail));
  };
  const printed = [];
  child.stdout.on("data", (chunk) => {
    printed.push(chunk);
    keep2(chunk);
  });
  child.stderr.on("data", keep2);
  let late = false;
  const timer = request.timeoutMs === void 0 ? void 0 : setTimeout(() => {
    late = true;
    end(child.pid);
  }, request.timeoutMs);
  const code = await new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (exit, signal) => done(exit ?? signal ?? "unknown"));
  }).finally(() => {
    clearTimeout(timer);
    if (pid !== void 0) running.delete(pid);
  });
  if (late) throw refuse(`the ${what} took longer than ${Math.round((request.timeoutMs ?? 0) / 1e3)} s and was ended`);
  if (code !== 0) throw refuse(`the ${what} failed (${code}): ${command}
${tail.trim()}`);
  stage.done();
  return Buffer.concat(printed).toString("utf8");
}
var running = /* @__PURE__ */ new Set();
var atExit = false;
function endAtExit() {
  if (atExit) return;
  atExit = true;
  process.on("exit", () => {
    for (const pid of running) end(pid);
  });
}
function end(pid) {
  if (pid === void 0) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
function lastLine(text) {
  return text.trimEnd().split("\n").at(-1)?.slice(0, 120) ?? "";
}

// src/data/open.ts
import { createHash as createHash2 } from "node:crypto";

// src/data/context.ts
import { lstat, readdir as readdir2, realpath, stat } from "node:fs/promises";
import { basename, join as join4, relative, resolve, sep } from "node:path";
async function locate(options, key2, name, kind = "any") {
  const path = resolve(options.policyFolder, name);
  const info = await stat(path).catch(() => void 0);
  if (!info) throw new UserError(await missing(options, key2, name, path));
  await checkContained(options, key2, name, path);
  if (kind === "folder" && !info.isDirectory())
    throw new UserError(`\`${key2}: ${name}\` is a file; name the folder that holds the files.`);
  if (kind === "file" && !info.isFile()) throw new UserError(`\`${key2}: ${name}\` is a folder; name a file.`);
  return { path, name };
}
async function missing(options, key2, name, path) {
  const folder = resolve(path, "..");
  const beside = await readdir2(folder).catch(() => void 0);
  const shown = relative(options.policyFolder, folder) || ".";
  if (!beside)
    return `\`${key2}: ${name}\` does not exist, nor does its folder; paths are relative to the policy's folder.`;
  const listed2 = beside.filter((each) => !each.startsWith(".")).sort().slice(0, 12).join(", ");
  return `\`${key2}: ${name}\` does not exist; ${shown} has ${listed2 || "no files"}. Paths are relative to the policy's folder.`;
}
async function checkContained(options, key2, name, path) {
  if (options.root === void 0) return;
  if (isInside(await realpath(options.root), await realpath(path))) return;
  throw new UserError(
    `\`${key2}: ${name}\` leads out of ${basename(options.root)}/, the folder that the gate may read; keep data inside it.`
  );
}
async function listFiles(options, folder, extensions) {
  const found2 = [];
  const walk = async (path, depth) => {
    for (const entry of await readdir2(path, { withFileTypes: true })) {
      if (entry.name.startsWith(".")) continue;
      const child = join4(path, entry.name);
      let isFolder = entry.isDirectory();
      if (entry.isSymbolicLink()) {
        const target = await stat(child).catch(() => void 0);
        if (!target) {
          throw new UserError(
            `${slashes(join4(folder.name, relative(folder.path, child)))} is a link to a file that does not exist; remove it, or commit the file.`
          );
        }
        await checkContained(options, folder.name, relative(options.policyFolder, child), child);
        isFolder = target.isDirectory();
      }
      if (isFolder && depth < 16) await walk(child, depth + 1);
      else if (extensions.has(extensionOf(entry.name))) {
        found2.push({ path: child, name: slashes(join4(folder.name, relative(folder.path, child))) });
      }
    }
  };
  await walk(folder.path, 0);
  return found2.sort((one, other) => one.name < other.name ? -1 : 1);
}
function extensionOf(name) {
  return /\.[^./\\]+$/.exec(name)?.[0].toLowerCase() ?? "";
}
function stemOf(name) {
  return basename(slashes(name)).replace(/\.[^.]+$/, "");
}
function slashes(path) {
  return sep === "\\" ? path.replaceAll("\\", "/") : path;
}
async function isFile(path) {
  return lstat(path).then(
    async (info) => info.isFile() || info.isSymbolicLink() && (await stat(path).catch(() => void 0))?.isFile() === true,
    () => false
  );
}
function selectRows(source2, total, what) {
  if (total === 0) throw new UserError(`${what} has no samples.`);
  const [first = "", last = ""] = source2.rows?.split(":") ?? [];
  const from = first === "" ? 0 : Number(first);
  const to = Math.min(total, last === "" ? total : Number(last), from + (source2.limit ?? total));
  if (from >= to) {
    throw new UserError(
      `\`rows: "${source2.rows}"\` chooses nothing of ${what}, which has ${total} samples (0 to ${total - 1}).`
    );
  }
  return { from, to };
}

// src/data/fit.ts
function nearestText(wanted, known, what) {
  const near = nearest(wanted, known);
  if (near !== void 0) return `did you mean "${near}"?`;
  const shown = known.slice(0, 20).map((name) => `"${name}"`);
  return known.length === 0 ? `there is none` : `${what}: ${shown.join(", ")}${known.length > 20 ? ", ..." : ""}.`;
}
function singleInput(inputs, what) {
  const [input, ...others] = inputs;
  if (!input) throw new UserError("the model has no inputs, so there is nothing to feed.");
  if (others.length > 0) {
    throw new UserError(
      `${what} feed a model of one input, and this one has ${inputs.length}: ${inputs.map(inputText).join(", ")}. Use \`arrays\` (or a \`command\` that writes them), with a key or a number for each input.`
    );
  }
  return input;
}

// src/data/npy.ts
import { createReadStream } from "node:fs";
import { open as open2 } from "node:fs/promises";
import { pipeline as pipeline2 } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";

// src/data/zip.ts
import { open } from "node:fs/promises";
async function readZipDirectory(path, name) {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const { at: at2, length, count: count2 } = await findDirectory(file, size, name);
    const directory = await readAt(file, at2, length);
    const entries = [];
    for (let from = 0, index = 0; index < count2; index++) {
      if (directory.readUInt32LE(from) !== 33639248) throw damaged(name);
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map(
        (field) => directory.readUInt16LE(from + field)
      );
      const member = directory.toString("utf8", from + 46, from + 46 + nameLength);
      const method = directory.readUInt16LE(from + 10);
      if (directory.readUInt16LE(from + 8) & 1) throw new UserError(`${name}: ${member} is encrypted.`);
      if (method !== 0 && method !== 8) {
        throw new UserError(
          `${name}: ${member} is compressed by method ${method}; write it with numpy.savez_compressed.`
        );
      }
      const extra = directory.subarray(from + 46 + nameLength, from + 46 + nameLength + extraLength);
      const [entrySize, compressedSize, localAt] = zip64(
        extra,
        [24, 20, 42].map((field) => directory.readUInt32LE(from + field))
      );
      const local = await readAt(file, localAt, 30);
      if (local.readUInt32LE(0) !== 67324752) throw damaged(name);
      const dataAt = localAt + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
      if (dataAt + compressedSize > size) throw damaged(name);
      entries.push({
        name: member,
        method,
        crc32: directory.readUInt32LE(from + 16),
        compressedSize,
        size: entrySize,
        dataAt
      });
      from += 46 + nameLength + extraLength + commentLength;
    }
    return entries;
  } catch (error) {
    if (error instanceof RangeError) throw damaged(name);
    throw error;
  } finally {
    await file.close();
  }
}
async function findDirectory(file, size, name) {
  const start = await readAt(file, 0, Math.min(size, lfsPrefix.length));
  if (start.toString("latin1") === lfsPrefix) {
    throw new UserError(
      `${name} is a Git LFS pointer: the file itself was not fetched. Check out with \`lfs: true\`, or run \`git lfs pull\`.`
    );
  }
  const tailAt = Math.max(0, size - 22 - 65535);
  const tail = await readAt(file, tailAt, size - tailAt);
  const end2 = tail.lastIndexOf("PK", void 0, "latin1");
  if (end2 < 0 || end2 + 22 > tail.length) {
    if (start.toString("latin1", 0, 2) === "PK")
      throw new UserError(`${name} is cut off (its directory is missing); copy it again.`);
    throw new UserError(`${name} is not a .npz archive (a ZIP of .npy arrays); write it with numpy.savez.`);
  }
  const plain2 = {
    count: tail.readUInt16LE(end2 + 10),
    length: tail.readUInt32LE(end2 + 12),
    at: tail.readUInt32LE(end2 + 16)
  };
  if (end2 < 20 || tail.readUInt32LE(end2 - 20) !== 117853008) return plain2;
  const record2 = await readAt(file, Number(tail.readBigUInt64LE(end2 - 12)), 56);
  return {
    count: Number(record2.readBigUInt64LE(32)),
    length: Number(record2.readBigUInt64LE(40)),
    at: Number(record2.readBigUInt64LE(48))
  };
}
function zip64(extra, fields2) {
  for (let at2 = 0; at2 + 4 <= extra.length; at2 += 4 + extra.readUInt16LE(at2 + 2)) {
    if (extra.readUInt16LE(at2) !== 1) continue;
    let next2 = at2 + 4;
    return fields2.map((value) => {
      if (value !== 4294967295) return value;
      next2 += 8;
      return Number(extra.readBigUInt64LE(next2 - 8));
    });
  }
  return [...fields2];
}
async function readAt(file, at2, length) {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, at2);
  return buffer.subarray(0, bytesRead);
}
function damaged(name) {
  return new UserError(`${name} is damaged (not a whole ZIP archive); write it again.`);
}

// src/data/npy.ts
async function openNpy(path, name) {
  return openArray({ path, name });
}
async function openNpz(path, name) {
  const entries = /* @__PURE__ */ new Map();
  for (const entry of await readZipDirectory(path, name)) {
    if (entry.name.endsWith(".npy")) entries.set(entry.name.slice(0, -".npy".length), entry);
  }
  return {
    keys: [...entries.keys()],
    open(key2) {
      const entry = entries.get(key2);
      if (!entry) throw new Error(`${name} has no ${key2}`);
      return openArray({ path, name: `${name}[${key2}]`, entry });
    }
  };
}
async function writeNpz(path, arrays) {
  const files = {};
  for (const [key2, tensor] of Object.entries(arrays)) files[`${key2}.npy`] = encodeNpy(tensor);
  await writeAtomic(path, zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) }));
}
function encodeNpy(tensor) {
  const { type: type2, dims, data } = tensor;
  let descr = Object.entries(descrs).find(([, { type: known }]) => known === type2)?.[0];
  let body;
  if (type2 === "string") {
    const texts = data;
    const length = Math.max(1, ...texts.map((text2) => [...text2].length));
    descr = `U${length}`;
    const codes = new Uint32Array(texts.length * length);
    for (const [row2, text2] of texts.entries()) {
      for (const [at2, character] of [...text2].entries()) codes[row2 * length + at2] = character.codePointAt(0);
    }
    body = new Uint8Array(codes.buffer);
  } else {
    body = tensorBytes(tensor);
  }
  const order = /[1]$/.test(descr) ? "|" : "<";
  const shape = dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(", ")})`;
  const text = `{'descr': '${order}${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const padded3 = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}
`;
  const head = Buffer.alloc(10);
  head.write("NUMPY\0", "latin1");
  head.writeUInt16LE(padded3.length, 8);
  return Buffer.concat([head, Buffer.from(padded3, "latin1"), body]);
}
var descrs = {
  f4: { type: "float32", size: 4 },
  f8: { type: "float64", size: 8 },
  f2: { type: "float16", size: 2 },
  i1: { type: "int8", size: 1 },
  u1: { type: "uint8", size: 1 },
  i2: { type: "int16", size: 2 },
  u2: { type: "uint16", size: 2 },
  i4: { type: "int32", size: 4 },
  u4: { type: "uint32", size: 4 },
  i8: { type: "int64", size: 8 },
  u8: { type: "uint64", size: 8 },
  b1: { type: "bool", size: 1 }
};
async function openArray(place) {
  const header = await readHeader(place);
  const { shape, type: type2 } = header;
  const count2 = shape.reduce((product2, dim) => product2 * dim, 1);
  const rowBytes = (shape.length === 0 ? 1 : count2 / Math.max(1, shape[0])) * header.size;
  const total = shape.length === 0 ? 1 : shape[0];
  const stored2 = place.entry ? place.entry.size : await sizeOf2(place.path);
  if (stored2 < header.length + count2 * header.size) {
    throw new UserError(
      `${place.name} is cut off: its header says ${count2} values, and the file is too short for them.`
    );
  }
  const read2 = async () => {
    const parts3 = [];
    for await (const row2 of rawRows(place, header, rowBytes, 0, total)) parts3.push(row2);
    const values = decodeValues(header, Buffer.concat(parts3));
    return header.fortran && shape.length > 1 ? toRowMajor(values, shape) : values;
  };
  return {
    name: place.name,
    type: type2,
    shape,
    read: read2,
    async *rows(from = 0, to = total) {
      if (header.fortran && shape.length > 1) {
        const values = await read2();
        const width = count2 / Math.max(1, total);
        for (let row2 = from; row2 < to; row2++) yield values.slice(row2 * width, (row2 + 1) * width);
        return;
      }
      for await (const row2 of rawRows(place, header, rowBytes, from, to)) yield decodeValues(header, row2);
    }
  };
}
async function sizeOf2(path) {
  const handle = await open2(path, "r");
  try {
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}
async function readHeader(place) {
  const parts3 = [];
  let length = 0;
  for await (const chunk of byteStream(place, 0)) {
    parts3.push(chunk);
    length += chunk.length;
    const header = parseHeader(parts3.length === 1 ? chunk : Buffer.concat(parts3), place.name);
    if (header) return header;
    if (length > 1 << 20) break;
  }
  throw new UserError(`${place.name} is no NumPy array, or is cut off in its header.`);
}
function parseHeader(bytes2, name) {
  if (bytes2.length < 12) return void 0;
  if (bytes2.toString("latin1", 0, 6) !== "NUMPY") {
    if (bytes2.toString("latin1", 0, lfsPrefix.length) === lfsPrefix) {
      throw new UserError(
        `${name} is a Git LFS pointer: the file itself was not fetched. Check out with \`lfs: true\`, or run \`git lfs pull\`.`
      );
    }
    throw new UserError(`${name} is not a NumPy array (.npy); write it with numpy.save or numpy.savez.`);
  }
  const start = bytes2[6] >= 2 ? 12 : 10;
  const length = start + (start === 12 ? bytes2.readUInt32LE(8) : bytes2.readUInt16LE(8));
  if (bytes2.length < length) return void 0;
  const text = bytes2.toString("utf8", start, length);
  const shape = /'shape':\s*\(([^)]*)\)/.exec(text)?.[1];
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  if (shape === void 0 || fortran === void 0)
    throw new UserError(`${name}: the NumPy header is damaged: ${text.trim()}`);
  if (descr === void 0) {
    throw new UserError(`${name} is a structured array; save each field as an array of its own.`);
  }
  const base = {
    fortran: fortran === "True",
    shape: shape.split(",").filter((dim) => dim.trim()).map(Number),
    length
  };
  const [, order, kind, width] = /^([<>|=])(.)(\d*)/.exec(descr) ?? [];
  if (kind === "O") {
    throw new UserError(
      `${name} holds pickled Python objects (dtype object), which are never loaded. Save numbers: np.asarray(x, dtype=np.float32), all rows of one shape.`
    );
  }
  if (kind === "U" || kind === "S") {
    const size = Number(width) * (kind === "U" ? 4 : 1);
    return { ...base, type: "string", size, bigEndian: order === ">", text: kind };
  }
  const known = descrs[`${kind}${width}`];
  if (!known) {
    throw new UserError(`${name} has dtype ${descr}; supported are float16/32/64, (u)int8 to 64, bool and text.`);
  }
  return { ...base, ...known, bigEndian: order === ">" };
}
async function* byteStream({ path, name, entry }, start, jump = false) {
  const file = (from, end3) => createReadStream(path, { start: from, highWaterMark: 1 << 18, ...end3 !== void 0 && { end: end3 } });
  if (!entry) {
    yield* file(start);
    return;
  }
  if (entry.size === 0) return;
  const end2 = entry.dataAt + entry.compressedSize - 1;
  if (entry.method === 0 && jump) {
    yield* file(entry.dataAt + start, end2);
    return;
  }
  let sum2 = 0;
  let length = 0;
  try {
    const raw = file(entry.dataAt, end2);
    const stream = entry.method === 0 ? raw : pipeline2(raw, createInflateRaw({ chunkSize: 1 << 18 }), () => {
    });
    for await (const chunk of stream) {
      sum2 = crc32(chunk, sum2);
      const skip = Math.max(0, Math.min(chunk.length, start - length));
      length += chunk.length;
      if (skip < chunk.length) yield chunk.subarray(skip);
    }
  } catch (error) {
    throw new UserError(`${name}: the archive is damaged (${error.message}); write it again.`, {
      cause: error
    });
  }
  if (sum2 !== entry.crc32 || length !== entry.size) {
    throw new UserError(`${name}: the archive is damaged (its checksum does not match); write it again.`);
  }
}
async function* rawRows(place, header, rowBytes, from, to) {
  if (from >= to) return;
  if (rowBytes === 0) {
    for (let row3 = from; row3 < to; row3++) yield new Uint8Array(0);
    return;
  }
  let row2 = new Uint8Array(rowBytes);
  let filled2 = 0;
  let left = to - from;
  for await (const chunk of byteStream(place, header.length + from * rowBytes, from > 0)) {
    for (let at2 = 0; at2 < chunk.length && left > 0; ) {
      const part = chunk.subarray(at2, at2 + rowBytes - filled2);
      row2.set(part, filled2);
      filled2 += part.length;
      at2 += part.length;
      if (filled2 < rowBytes) continue;
      yield row2;
      row2 = new Uint8Array(rowBytes);
      filled2 = 0;
      left--;
    }
    if (left === 0 && (to < (header.shape[0] ?? 1) || place.entry === void 0)) return;
  }
  if (left > 0) throw new UserError(`${place.name} is cut off: ${left} rows are missing.`);
}
function decodeValues({ type: type2, size, bigEndian, text }, bytes2) {
  if (type2 === "string") {
    return Array.from(
      { length: size === 0 ? 0 : bytes2.length / size },
      (_, at2) => decodeText(bytes2.subarray(at2 * size, (at2 + 1) * size), text, bigEndian)
    );
  }
  if (bigEndian && size > 1) for (let at2 = 0; at2 < bytes2.length; at2 += size) bytes2.subarray(at2, at2 + size).reverse();
  const own = bytes2.byteOffset === 0 && bytes2.byteLength === bytes2.buffer.byteLength;
  return new arrayTypes[type2]((own ? bytes2 : Uint8Array.from(bytes2)).buffer);
}
function decodeText(bytes2, kind, bigEndian) {
  if (kind === "S") return new TextDecoder().decode(bytes2).replace(/\0+$/, "");
  const view = new DataView(bytes2.buffer, bytes2.byteOffset, bytes2.byteLength);
  let result = "";
  for (let at2 = 0; at2 < bytes2.length; at2 += 4) {
    const code = view.getUint32(at2, !bigEndian);
    if (code !== 0) result += String.fromCodePoint(code);
  }
  return result;
}
function toRowMajor(values, shape) {
  const source2 = values;
  const result = source2.slice();
  const position = shape.map(() => 0);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product2, dim) => product2 * dim, 1));
  for (let to = 0; to < source2.length; to++) {
    let from = 0;
    for (const [axis, at2] of position.entries()) from += at2 * strides[axis];
    result[to] = source2[from];
    for (let axis = shape.length - 1; axis >= 0 && ++position[axis] === shape[axis]; axis--) position[axis] = 0;
  }
  return result;
}

// src/data/labels.ts
import { readFile as readFile2 } from "node:fs/promises";

// node_modules/csv-parse/lib/api/CsvError.js
var CsvError = class _CsvError extends Error {
  constructor(code, message, options, ...contexts) {
    if (Array.isArray(message)) message = message.join(" ").trim();
    super(message);
    if (Error.captureStackTrace !== void 0) {
      Error.captureStackTrace(this, _CsvError);
    }
    this.code = code;
    for (const context of contexts) {
      for (const key2 in context) {
        const value = context[key2];
        this[key2] = Buffer.isBuffer(value) ? value.toString(options.encoding) : value == null ? value : JSON.parse(JSON.stringify(value));
      }
    }
  }
};

// node_modules/csv-parse/lib/utils/is_object.js
var is_object = function(obj) {
  return typeof obj === "object" && obj !== null && !Array.isArray(obj);
};

// node_modules/csv-parse/lib/api/normalize_columns_array.js
var normalize_columns_array = function(columns) {
  const normalizedColumns = [];
  for (let i = 0, l = columns.length; i < l; i++) {
    const column = columns[i];
    if (column === void 0 || column === null || column === false) {
      normalizedColumns[i] = { disabled: true };
    } else if (typeof column === "string" || typeof column === "number") {
      normalizedColumns[i] = { name: `${column}` };
    } else if (is_object(column)) {
      if (typeof column.name !== "string") {
        throw new CsvError("CSV_OPTION_COLUMNS_MISSING_NAME", [
          "Option columns missing name:",
          `property "name" is required at position ${i}`,
          "when column is an object literal"
        ]);
      }
      normalizedColumns[i] = column;
    } else {
      throw new CsvError("CSV_INVALID_COLUMN_DEFINITION", [
        "Invalid column definition:",
        "expect a string or a literal object,",
        `got ${JSON.stringify(column)} at position ${i}`
      ]);
    }
  }
  return normalizedColumns;
};

// node_modules/csv-parse/lib/utils/ResizeableBuffer.js
var ResizeableBuffer = class {
  constructor(size = 100) {
    this.size = size;
    this.length = 0;
    this.buf = Buffer.allocUnsafe(size);
  }
  prepend(val) {
    if (Buffer.isBuffer(val)) {
      const length = this.length + val.length;
      if (length >= this.size) {
        this.resize();
        if (length >= this.size) {
          throw Error("INVALID_BUFFER_STATE");
        }
      }
      const buf = this.buf;
      this.buf = Buffer.allocUnsafe(this.size);
      val.copy(this.buf, 0);
      buf.copy(this.buf, val.length);
      this.length += val.length;
    } else {
      const length = this.length++;
      if (length === this.size) {
        this.resize();
      }
      const buf = this.clone();
      this.buf[0] = val;
      buf.copy(this.buf, 1, 0, length);
    }
  }
  append(val) {
    const length = this.length++;
    if (length === this.size) {
      this.resize();
    }
    this.buf[length] = val;
  }
  clone() {
    return Buffer.from(this.buf.slice(0, this.length));
  }
  resize() {
    const length = this.length;
    this.size = this.size * 2;
    const buf = Buffer.allocUnsafe(this.size);
    this.buf.copy(buf, 0, 0, length);
    this.buf = buf;
  }
  toString(encoding) {
    if (encoding) {
      return this.buf.toString(encoding, 0, this.length);
    } else {
      return Uint8Array.prototype.slice.call(this.buf.slice(0, this.length));
    }
  }
  toJSON() {
    return this.toString("utf8");
  }
  reset() {
    this.length = 0;
  }
};
var ResizeableBuffer_default = ResizeableBuffer;

// node_modules/csv-parse/lib/api/init_state.js
var init_state = function(options) {
  const timchars = [
    // Basic Latin
    32,
    // [Space](https://www.fileformat.info/info/unicode/char/0020/index.htm)
    9,
    // [CHARACTER TABULATION (HT)](https://www.fileformat.info/info/unicode/char/0009/index.htm)
    10,
    // [LINE FEED (LF)](https://www.fileformat.info/info/unicode/char/000a/index.htm)
    13,
    // [CARRIAGE RETURN (CR)](https://www.fileformat.info/info/unicode/char/000d/index.htm)
    12,
    // [FORM FEED (FF)](https://www.fileformat.info/info/unicode/char/000c/index.htm)
    11,
    // [LINE TABULATION (VT)](https://www.fileformat.info/info/unicode/char/000b/index.htm)
    // Latin-1 Supplement
    160,
    // [NO-BREAK SPACE (NBSP)](https://www.fileformat.info/info/unicode/char/00a0/index.htm)
    // Ogham
    5760,
    // [OGHAM SPACE MARK](https://www.fileformat.info/info/unicode/char/1680/index.htm)
    // General Punctuation
    8192,
    // [EN QUAD](https://www.fileformat.info/info/unicode/char/2000/index.htm)
    8193,
    // [EM QUAD](https://www.fileformat.info/info/unicode/char/2001/index.htm)
    8194,
    // [EN SPACE](https://www.fileformat.info/info/unicode/char/2002/index.htm)
    8195,
    // [EM SPACE](https://www.fileformat.info/info/unicode/char/2003/index.htm)
    8196,
    // [THREE-PER-EM SPACE](https://www.fileformat.info/info/unicode/char/2004/index.htm)
    8197,
    // [FOUR-PER-EM SPACE](https://www.fileformat.info/info/unicode/char/2005/index.htm)
    8198,
    // [SIX-PER-EM SPACE](https://www.fileformat.info/info/unicode/char/2006/index.htm)
    8199,
    // [FIGURE SPACE](https://www.fileformat.info/info/unicode/char/2007/index.htm)
    8200,
    // [PUNCTUATION SPACE](https://www.fileformat.info/info/unicode/char/2008/index.htm)
    8201,
    // [THIN SPACE](https://www.fileformat.info/info/unicode/char/2009/index.htm)
    8202,
    // [HAIR SPACE](https://www.fileformat.info/info/unicode/char/200a/index.htm)
    8232,
    // [LINE SEPARATOR](https://www.fileformat.info/info/unicode/char/2028/index.htm)
    8233,
    // [PARAGRAPH SEPARATOR](https://www.fileformat.info/info/unicode/char/2029/index.htm)
    8239,
    // [NARROW NO-BREAK SPACE (NNBSP)](https://www.fileformat.info/info/unicode/char/202f/index.htm)
    8287,
    // [MEDIUM MATHEMATICAL SPACE (MMSP)](https://www.fileformat.info/info/unicode/char/205f/index.htm)
    12288,
    // [IDEOGRAPHIC SPACE](https://www.fileformat.info/info/unicode/char/3000/index.htm)
    65279
    // [ZERO WIDTH NO-BREAK SPACE (BOM)](https://www.fileformat.info/info/unicode/char/feff/index.htm)
  ].reduce((acc, codepoint) => {
    const encoded = Buffer.from(
      String.fromCharCode(codepoint),
      options.encoding
    );
    if (codepoint !== 63 && encoded.length === 1 && encoded[0] === 63) {
      return acc;
    }
    acc.push(encoded);
    return acc;
  }, []);
  const timcharFirstBytes = new Uint8Array(256);
  for (const t of timchars) timcharFirstBytes[t[0]] = 1;
  return {
    bomSkipped: false,
    bufBytesStart: 0,
    castField: options.cast_function,
    commenting: false,
    delimiterBufPrevious: void 0,
    delimiterDiscovered: false,
    // Current error encountered by a record
    error: void 0,
    enabled: options.from_line === 1,
    escaping: false,
    escapeIsQuote: Buffer.isBuffer(options.escape) && Buffer.isBuffer(options.quote) && Buffer.compare(options.escape, options.quote) === 0,
    // columns can be `false`, `true`, `Array`
    expectedRecordLength: Array.isArray(options.columns) ? options.columns.length : void 0,
    field: new ResizeableBuffer_default(20),
    firstLineToHeaders: options.cast_first_line_to_header,
    needMoreDataSize: Math.max(
      // Skip if the remaining buffer smaller than comment
      options.comment !== null ? options.comment.length : 0,
      ...options.delimiter ? options.delimiter.map((delimiter3) => delimiter3.length) : [],
      // Auto discovery of delimiter is limited to 1 character
      options.delimiter_auto ? 1 : 0,
      // Skip if the remaining buffer can be escape sequence
      options.quote !== null ? options.quote.length : 0,
      ...timchars.map((t) => t.length)
    ),
    previousBuf: void 0,
    quoting: false,
    stop: false,
    rawBuffer: new ResizeableBuffer_default(100),
    record: [],
    recordHasError: false,
    record_length: 0,
    recordDelimiterMaxLength: options.record_delimiter.length === 0 ? 0 : Math.max(...options.record_delimiter.map((v) => v.length)),
    trimChars: [
      Buffer.from(" ", options.encoding)[0],
      Buffer.from("	", options.encoding)[0]
    ],
    wasQuoting: false,
    wasRowDelimiter: false,
    timchars,
    timcharFirstBytes
  };
};

// node_modules/csv-parse/lib/utils/underscore.js
var underscore = function(str) {
  return str.replace(/([A-Z])/g, function(_, match) {
    return "_" + match.toLowerCase();
  });
};

// node_modules/csv-parse/lib/api/normalize_options.js
var normalize_options = function(opts) {
  const options = {};
  for (const opt in opts) {
    options[underscore(opt)] = opts[opt];
  }
  if (options.encoding === void 0 || options.encoding === true) {
    options.encoding = "utf8";
  } else if (options.encoding === null || options.encoding === false) {
    options.encoding = null;
  } else if (typeof options.encoding !== "string" && options.encoding !== null) {
    throw new CsvError(
      "CSV_INVALID_OPTION_ENCODING",
      [
        "Invalid option encoding:",
        "encoding must be a string or null to return a buffer,",
        `got ${JSON.stringify(options.encoding)}`
      ],
      options
    );
  }
  if (options.bom === void 0 || options.bom === null || options.bom === false) {
    options.bom = false;
  } else if (options.bom !== true) {
    throw new CsvError(
      "CSV_INVALID_OPTION_BOM",
      [
        "Invalid option bom:",
        "bom must be true,",
        `got ${JSON.stringify(options.bom)}`
      ],
      options
    );
  }
  options.cast_function = null;
  if (options.cast === void 0 || options.cast === null || options.cast === false || options.cast === "") {
    options.cast = void 0;
  } else if (typeof options.cast === "function") {
    options.cast_function = options.cast;
    options.cast = true;
  } else if (options.cast !== true) {
    throw new CsvError(
      "CSV_INVALID_OPTION_CAST",
      [
        "Invalid option cast:",
        "cast must be true or a function,",
        `got ${JSON.stringify(options.cast)}`
      ],
      options
    );
  }
  if (options.cast_date === void 0 || options.cast_date === null || options.cast_date === false || options.cast_date === "") {
    options.cast_date = false;
  } else if (options.cast_date === true) {
    options.cast_date = function(value) {
      const date = Date.parse(value);
      return !isNaN(date) ? new Date(date) : value;
    };
  } else if (typeof options.cast_date !== "function") {
    throw new CsvError(
      "CSV_INVALID_OPTION_CAST_DATE",
      [
        "Invalid option cast_date:",
        "cast_date must be true or a function,",
        `got ${JSON.stringify(options.cast_date)}`
      ],
      options
    );
  }
  options.cast_first_line_to_header = void 0;
  if (options.columns === true) {
    options.cast_first_line_to_header = void 0;
  } else if (typeof options.columns === "function") {
    options.cast_first_line_to_header = options.columns;
    options.columns = true;
  } else if (Array.isArray(options.columns)) {
    options.columns = normalize_columns_array(options.columns);
  } else if (options.columns === void 0 || options.columns === null || options.columns === false) {
    options.columns = false;
  } else {
    throw new CsvError(
      "CSV_INVALID_OPTION_COLUMNS",
      [
        "Invalid option columns:",
        "expect an array, a function or true,",
        `got ${JSON.stringify(options.columns)}`
      ],
      options
    );
  }
  if (options.group_columns_by_name === void 0 || options.group_columns_by_name === null || options.group_columns_by_name === false) {
    options.group_columns_by_name = false;
  } else if (options.group_columns_by_name !== true) {
    throw new CsvError(
      "CSV_INVALID_OPTION_GROUP_COLUMNS_BY_NAME",
      [
        "Invalid option group_columns_by_name:",
        "expect an boolean,",
        `got ${JSON.stringify(options.group_columns_by_name)}`
      ],
      options
    );
  } else if (options.columns === false) {
    throw new CsvError(
      "CSV_INVALID_OPTION_GROUP_COLUMNS_BY_NAME",
      [
        "Invalid option group_columns_by_name:",
        "the `columns` mode must be activated."
      ],
      options
    );
  }
  if (options.comment === void 0 || options.comment === null || options.comment === false || options.comment === "") {
    options.comment = null;
  } else {
    if (typeof options.comment === "string") {
      options.comment = Buffer.from(options.comment, options.encoding);
    }
    if (!Buffer.isBuffer(options.comment)) {
      throw new CsvError(
        "CSV_INVALID_OPTION_COMMENT",
        [
          "Invalid option comment:",
          "comment must be a buffer or a string,",
          `got ${JSON.stringify(options.comment)}`
        ],
        options
      );
    }
  }
  if (options.comment_no_infix === void 0 || options.comment_no_infix === null || options.comment_no_infix === false) {
    options.comment_no_infix = false;
  } else if (options.comment_no_infix !== true) {
    throw new CsvError(
      "CSV_INVALID_OPTION_COMMENT",
      [
        "Invalid option comment_no_infix:",
        "value must be a boolean,",
        `got ${JSON.stringify(options.comment_no_infix)}`
      ],
      options
    );
  }
  if (options.delimiter_auto === void 0 || options.delimiter_auto === null || options.delimiter_auto === false) {
    options.delimiter_auto = false;
  } else if (options.delimiter_auto === true) {
    options.delimiter_auto = {};
  } else if (!is_object(options.delimiter_auto)) {
    throw new CsvError(
      "CSV_INVALID_OPTION_DELIMITER_AUTO",
      [
        "Invalid option delimiter_auto:",
        "delimiter_auto must be a boolean or a configuration object,",
        `got ${JSON.stringify(options.delimiter_auto)}`
      ],
      options
    );
  }
  if (options.delimiter_auto) {
    if (options.delimiter_auto.preferred === void 0)
      options.delimiter_auto.preferred = {
        [",".charCodeAt(0)]: 1.8,
        ["	".charCodeAt(0)]: 1.8,
        [";".charCodeAt(0)]: 1.6,
        [" ".charCodeAt(0)]: 1.6,
        [":".charCodeAt(0)]: 1.5,
        [".".charCodeAt(0)]: 1.4,
        ["/".charCodeAt(0)]: 1.4
      };
    else if (!is_object(options.delimiter_auto.preferred)) {
      throw new CsvError(
        "CSV_INVALID_OPTION_DELIMITER_AUTO",
        [
          "Invalid option delimiter_auto:",
          "preferred must be an object,",
          `got ${JSON.stringify(options.delimiter_auto.preferred)}`
        ],
        options
      );
    }
    if (options.delimiter_auto.score === void 0)
      options.delimiter_auto.score = (info, options2) => {
        return (info.total - info.std) * (options2.preferred[info.char_code] || 1);
      };
    else if (typeof options.delimiter_auto.score !== "function") {
      throw new CsvError(
        "CSV_INVALID_OPTION_DELIMITER_AUTO",
        [
          "Invalid option delimiter_auto:",
          "score must be a function,",
          `got ${JSON.stringify(options.delimiter_auto.score)}`
        ],
        options
      );
    }
    if (options.delimiter_auto.size === void 0)
      options.delimiter_auto.size = 2048;
    else if (typeof options.delimiter_auto.size !== "number") {
      throw new CsvError(
        "CSV_INVALID_OPTION_DELIMITER_AUTO",
        [
          "Invalid option delimiter_auto:",
          "size must be a number,",
          `got ${JSON.stringify(options.delimiter_auto.size)}`
        ],
        options
      );
    }
  }
  const delimiter_json = JSON.stringify(options.delimiter);
  if (options.delimiter_auto !== false) {
    options.delimiter = [];
  }
  if (!Array.isArray(options.delimiter)) {
    if (options.delimiter === void 0 || options.delimiter === null || options.delimiter === false) {
      options.delimiter = Buffer.from(",", options.encoding);
    }
    options.delimiter = [options.delimiter];
  }
  options.delimiter = options.delimiter.map(function(delimiter3) {
    if (typeof delimiter3 === "string") {
      delimiter3 = Buffer.from(delimiter3, options.encoding);
    }
    if (!Buffer.isBuffer(delimiter3) || delimiter3.length === 0) {
      throw new CsvError(
        "CSV_INVALID_OPTION_DELIMITER",
        [
          "Invalid option delimiter:",
          "delimiter must be a non empty string or buffer or array of string|buffer,",
          `got ${delimiter_json}`
        ],
        options
      );
    }
    return delimiter3;
  });
  if (options.escape === void 0 || options.escape === true) {
    options.escape = Buffer.from('"', options.encoding);
  } else if (typeof options.escape === "string") {
    options.escape = Buffer.from(options.escape, options.encoding);
  } else if (options.escape === null || options.escape === false) {
    options.escape = null;
  }
  if (options.escape !== null) {
    if (!Buffer.isBuffer(options.escape)) {
      throw new Error(
        `Invalid Option: escape must be a buffer, a string or a boolean, got ${JSON.stringify(options.escape)}`
      );
    }
  }
  if (options.from === void 0 || options.from === null) {
    options.from = 1;
  } else {
    if (typeof options.from === "string" && /\d+/.test(options.from)) {
      options.from = parseInt(options.from);
    }
    if (Number.isInteger(options.from)) {
      if (options.from < 0) {
        throw new Error(
          `Invalid Option: from must be a positive integer, got ${JSON.stringify(opts.from)}`
        );
      }
    } else {
      throw new Error(
        `Invalid Option: from must be an integer, got ${JSON.stringify(options.from)}`
      );
    }
  }
  if (options.from_line === void 0 || options.from_line === null) {
    options.from_line = 1;
  } else {
    if (typeof options.from_line === "string" && /\d+/.test(options.from_line)) {
      options.from_line = parseInt(options.from_line);
    }
    if (Number.isInteger(options.from_line)) {
      if (options.from_line <= 0) {
        throw new Error(
          `Invalid Option: from_line must be a positive integer greater than 0, got ${JSON.stringify(opts.from_line)}`
        );
      }
    } else {
      throw new Error(
        `Invalid Option: from_line must be an integer, got ${JSON.stringify(opts.from_line)}`
      );
    }
  }
  if (options.ignore_last_delimiters === void 0 || options.ignore_last_delimiters === null) {
    options.ignore_last_delimiters = false;
  } else if (typeof options.ignore_last_delimiters === "number") {
    options.ignore_last_delimiters = Math.floor(options.ignore_last_delimiters);
    if (options.ignore_last_delimiters === 0) {
      options.ignore_last_delimiters = false;
    }
  } else if (typeof options.ignore_last_delimiters !== "boolean") {
    throw new CsvError(
      "CSV_INVALID_OPTION_IGNORE_LAST_DELIMITERS",
      [
        "Invalid option `ignore_last_delimiters`:",
        "the value must be a boolean value or an integer,",
        `got ${JSON.stringify(options.ignore_last_delimiters)}`
      ],
      options
    );
  }
  if (options.ignore_last_delimiters === true && options.columns === false) {
    throw new CsvError(
      "CSV_IGNORE_LAST_DELIMITERS_REQUIRES_COLUMNS",
      [
        "The option `ignore_last_delimiters`",
        "requires the activation of the `columns` option"
      ],
      options
    );
  }
  if (options.info === void 0 || options.info === null || options.info === false) {
    options.info = false;
  } else if (options.info !== true) {
    throw new Error(
      `Invalid Option: info must be true, got ${JSON.stringify(options.info)}`
    );
  }
  if (options.max_record_size === void 0 || options.max_record_size === null || options.max_record_size === false) {
    options.max_record_size = 0;
  } else if (Number.isInteger(options.max_record_size) && options.max_record_size >= 0) {
  } else if (typeof options.max_record_size === "string" && /\d+/.test(options.max_record_size)) {
    options.max_record_size = parseInt(options.max_record_size);
  } else {
    throw new Error(
      `Invalid Option: max_record_size must be a positive integer, got ${JSON.stringify(options.max_record_size)}`
    );
  }
  if (options.objname === void 0 || options.objname === null || options.objname === false) {
    options.objname = void 0;
  } else if (Buffer.isBuffer(options.objname)) {
    if (options.objname.length === 0) {
      throw new Error(`Invalid Option: objname must be a non empty buffer`);
    }
    if (options.encoding === null) {
    } else {
      options.objname = options.objname.toString(options.encoding);
    }
  } else if (typeof options.objname === "string") {
    if (options.objname.length === 0) {
      throw new Error(`Invalid Option: objname must be a non empty string`);
    }
  } else if (typeof options.objname === "number") {
  } else {
    throw new Error(
      `Invalid Option: objname must be a string or a buffer, got ${options.objname}`
    );
  }
  if (options.objname !== void 0) {
    if (typeof options.objname === "number") {
      if (options.columns !== false) {
        throw Error(
          "Invalid Option: objname index cannot be combined with columns or be defined as a field"
        );
      }
    } else {
      if (options.columns === false) {
        throw Error(
          "Invalid Option: objname field must be combined with columns or be defined as an index"
        );
      }
    }
  }
  if (options.on_record === void 0 || options.on_record === null) {
    options.on_record = void 0;
  } else if (typeof options.on_record !== "function") {
    throw new CsvError(
      "CSV_INVALID_OPTION_ON_RECORD",
      [
        "Invalid option `on_record`:",
        "expect a function,",
        `got ${JSON.stringify(options.on_record)}`
      ],
      options
    );
  }
  if (options.on_skip !== void 0 && options.on_skip !== null && typeof options.on_skip !== "function") {
    throw new Error(
      `Invalid Option: on_skip must be a function, got ${JSON.stringify(options.on_skip)}`
    );
  }
  if (options.quote === null || options.quote === false || options.quote === "") {
    options.quote = null;
  } else {
    if (options.quote === void 0 || options.quote === true) {
      options.quote = Buffer.from('"', options.encoding);
    } else if (typeof options.quote === "string") {
      options.quote = Buffer.from(options.quote, options.encoding);
    }
    if (!Buffer.isBuffer(options.quote)) {
      throw new Error(
        `Invalid Option: quote must be a buffer or a string, got ${JSON.stringify(options.quote)}`
      );
    }
  }
  if (options.raw === void 0 || options.raw === null || options.raw === false) {
    options.raw = false;
  } else if (options.raw !== true) {
    throw new Error(
      `Invalid Option: raw must be true, got ${JSON.stringify(options.raw)}`
    );
  }
  if (options.record_delimiter === void 0) {
    options.record_delimiter = [];
  } else if (typeof options.record_delimiter === "string" || Buffer.isBuffer(options.record_delimiter)) {
    if (options.record_delimiter.length === 0) {
      throw new CsvError(
        "CSV_INVALID_OPTION_RECORD_DELIMITER",
        [
          "Invalid option `record_delimiter`:",
          "value must be a non empty string or buffer,",
          `got ${JSON.stringify(options.record_delimiter)}`
        ],
        options
      );
    }
    options.record_delimiter = [options.record_delimiter];
  } else if (!Array.isArray(options.record_delimiter)) {
    throw new CsvError(
      "CSV_INVALID_OPTION_RECORD_DELIMITER",
      [
        "Invalid option `record_delimiter`:",
        "value must be a string, a buffer or array of string|buffer,",
        `got ${JSON.stringify(options.record_delimiter)}`
      ],
      options
    );
  }
  options.record_delimiter = options.record_delimiter.map(function(rd, i) {
    if (typeof rd !== "string" && !Buffer.isBuffer(rd)) {
      throw new CsvError(
        "CSV_INVALID_OPTION_RECORD_DELIMITER",
        [
          "Invalid option `record_delimiter`:",
          "value must be a string, a buffer or array of string|buffer",
          `at index ${i},`,
          `got ${JSON.stringify(rd)}`
        ],
        options
      );
    } else if (rd.length === 0) {
      throw new CsvError(
        "CSV_INVALID_OPTION_RECORD_DELIMITER",
        [
          "Invalid option `record_delimiter`:",
          "value must be a non empty string or buffer",
          `at index ${i},`,
          `got ${JSON.stringify(rd)}`
        ],
        options
      );
    }
    if (typeof rd === "string") {
      rd = Buffer.from(rd, options.encoding);
    }
    return rd;
  });
  if (typeof options.relax_column_count === "boolean") {
  } else if (options.relax_column_count === void 0 || options.relax_column_count === null) {
    options.relax_column_count = false;
  } else {
    throw new Error(
      `Invalid Option: relax_column_count must be a boolean, got ${JSON.stringify(options.relax_column_count)}`
    );
  }
  if (typeof options.relax_column_count_less === "boolean") {
  } else if (options.relax_column_count_less === void 0 || options.relax_column_count_less === null) {
    options.relax_column_count_less = false;
  } else {
    throw new Error(
      `Invalid Option: relax_column_count_less must be a boolean, got ${JSON.stringify(options.relax_column_count_less)}`
    );
  }
  if (typeof options.relax_column_count_more === "boolean") {
  } else if (options.relax_column_count_more === void 0 || options.relax_column_count_more === null) {
    options.relax_column_count_more = false;
  } else {
    throw new Error(
      `Invalid Option: relax_column_count_more must be a boolean, got ${JSON.stringify(options.relax_column_count_more)}`
    );
  }
  if (typeof options.relax_quotes === "boolean") {
  } else if (options.relax_quotes === void 0 || options.relax_quotes === null) {
    options.relax_quotes = false;
  } else {
    throw new Error(
      `Invalid Option: relax_quotes must be a boolean, got ${JSON.stringify(options.relax_quotes)}`
    );
  }
  if (typeof options.skip_empty_lines === "boolean") {
  } else if (options.skip_empty_lines === void 0 || options.skip_empty_lines === null) {
    options.skip_empty_lines = false;
  } else {
    throw new Error(
      `Invalid Option: skip_empty_lines must be a boolean, got ${JSON.stringify(options.skip_empty_lines)}`
    );
  }
  if (typeof options.skip_records_with_empty_values === "boolean") {
  } else if (options.skip_records_with_empty_values === void 0 || options.skip_records_with_empty_values === null) {
    options.skip_records_with_empty_values = false;
  } else {
    throw new Error(
      `Invalid Option: skip_records_with_empty_values must be a boolean, got ${JSON.stringify(options.skip_records_with_empty_values)}`
    );
  }
  if (typeof options.skip_records_with_error === "boolean") {
  } else if (options.skip_records_with_error === void 0 || options.skip_records_with_error === null) {
    options.skip_records_with_error = false;
  } else {
    throw new Error(
      `Invalid Option: skip_records_with_error must be a boolean, got ${JSON.stringify(options.skip_records_with_error)}`
    );
  }
  if (options.rtrim === void 0 || options.rtrim === null || options.rtrim === false) {
    options.rtrim = false;
  } else if (options.rtrim !== true) {
    throw new Error(
      `Invalid Option: rtrim must be a boolean, got ${JSON.stringify(options.rtrim)}`
    );
  }
  if (options.ltrim === void 0 || options.ltrim === null || options.ltrim === false) {
    options.ltrim = false;
  } else if (options.ltrim !== true) {
    throw new Error(
      `Invalid Option: ltrim must be a boolean, got ${JSON.stringify(options.ltrim)}`
    );
  }
  if (options.trim === void 0 || options.trim === null || options.trim === false) {
    options.trim = false;
  } else if (options.trim !== true) {
    throw new Error(
      `Invalid Option: trim must be a boolean, got ${JSON.stringify(options.trim)}`
    );
  }
  if (options.trim === true && opts.ltrim !== false) {
    options.ltrim = true;
  } else if (options.ltrim !== true) {
    options.ltrim = false;
  }
  if (options.trim === true && opts.rtrim !== false) {
    options.rtrim = true;
  } else if (options.rtrim !== true) {
    options.rtrim = false;
  }
  if (options.to === void 0 || options.to === null) {
    options.to = -1;
  } else if (options.to !== -1) {
    if (typeof options.to === "string" && /\d+/.test(options.to)) {
      options.to = parseInt(options.to);
    }
    if (Number.isInteger(options.to)) {
      if (options.to <= 0) {
        throw new Error(
          `Invalid Option: to must be a positive integer greater than 0, got ${JSON.stringify(opts.to)}`
        );
      }
    } else {
      throw new Error(
        `Invalid Option: to must be an integer, got ${JSON.stringify(opts.to)}`
      );
    }
  }
  if (options.to_line === void 0 || options.to_line === null) {
    options.to_line = -1;
  } else if (options.to_line !== -1) {
    if (typeof options.to_line === "string" && /\d+/.test(options.to_line)) {
      options.to_line = parseInt(options.to_line);
    }
    if (Number.isInteger(options.to_line)) {
      if (options.to_line <= 0) {
        throw new Error(
          `Invalid Option: to_line must be a positive integer greater than 0, got ${JSON.stringify(opts.to_line)}`
        );
      }
    } else {
      throw new Error(
        `Invalid Option: to_line must be an integer, got ${JSON.stringify(opts.to_line)}`
      );
    }
  }
  return options;
};

// node_modules/csv-parse/lib/utils/delimiter_discover.js
var delimiter_discover = function(records, options) {
  if (!options) {
    ({ delimiter_auto: options } = normalize_options({ delimiter_auto: true }));
  }
  if (typeof records === "string") {
    records = Buffer.from(records);
  }
  if (Buffer.isBuffer(records)) {
    records = ((data) => {
      const records2 = [];
      const parser = transform({ delimiter: [] });
      const push = (record2) => records2.push(record2);
      const close = () => {
      };
      const error = parser.parse(data, true, push, close);
      if (error !== void 0) throw error;
      return records2;
    })(records);
  }
  const info = Array(127).fill().map(() => ({ lines: [] }));
  records.map(([record2], line) => {
    for (let i = 0, l = record2.length; i < l; i++) {
      const code = record2.charCodeAt(i);
      if (info[code].lines[line] === void 0) info[code].lines[line] = 0;
      info[code].lines[line]++;
    }
  });
  info.map((info2, i) => {
    info2.char_code = i;
    info2.std = std(info2.lines);
    info2.total = info2.lines.reduce((acc, val) => acc + val, 0);
    info2.preferred = !!options.preferred[i];
    info2.score = options.score(info2, options);
  });
  const result = info.reduce(
    (acc, info2) => acc.score > info2.score ? acc : info2,
    {}
  );
  return String.fromCharCode(result.char_code);
};
var std = function(array2) {
  const n = array2.length;
  if (n === 0) return 0;
  const mean = array2.reduce((a, b) => a + b) / n;
  return Math.sqrt(
    array2.map((x) => Math.pow(x - mean, 2)).reduce((a, b) => a + b) / n
  );
};

// node_modules/csv-parse/lib/api/index.js
var isRecordEmpty = function(record2) {
  return record2.every(
    (field) => field == null || field.toString && field.toString().trim() === ""
  );
};
var cr = 13;
var nl = 10;
var boms = {
  // Note, the following are equals:
  // Buffer.from("\ufeff")
  // Buffer.from([239, 187, 191])
  // Buffer.from('EFBBBF', 'hex')
  utf8: Buffer.from([239, 187, 191]),
  // Note, the following are equals:
  // Buffer.from "\ufeff", 'utf16le
  // Buffer.from([255, 254])
  utf16le: Buffer.from([255, 254])
};
var transform = function(original_options = {}) {
  const info = {
    bytes: 0,
    bytes_records: 0,
    comment_lines: 0,
    empty_lines: 0,
    invalid_field_length: 0,
    lines: 1,
    records: 0
  };
  const options = normalize_options(original_options);
  return {
    info,
    original_options,
    options,
    state: init_state(options),
    __needMoreData: function(i, bufLen, end2) {
      if (end2) return false;
      const { encoding, escape, quote } = this.options;
      const { quoting, needMoreDataSize, recordDelimiterMaxLength } = this.state;
      const numOfCharLeft = bufLen - i - 1;
      const requiredLength = Math.max(
        needMoreDataSize,
        // Skip if the remaining buffer smaller than record delimiter
        // If "record_delimiter" is yet to be discovered:
        // 1. It is equals to `[]` and "recordDelimiterMaxLength" equals `0`
        // 2. We set the length to windows line ending in the current encoding
        // Note, that encoding is known from user or bom discovery at that point
        // recordDelimiterMaxLength,
        recordDelimiterMaxLength === 0 ? Buffer.from("\r\n", encoding).length : recordDelimiterMaxLength,
        // Skip if remaining buffer can be an escaped quote
        quoting ? (escape === null ? 0 : escape.length) + quote.length : 0,
        // Skip if remaining buffer can be record delimiter following the closing quote
        quoting ? quote.length + recordDelimiterMaxLength : 0
      );
      return numOfCharLeft < requiredLength;
    },
    // Central parser implementation
    parse: function(nextBuf, end2, push, close) {
      const {
        bom,
        comment_no_infix,
        delimiter_auto,
        encoding,
        from_line,
        ltrim,
        max_record_size,
        raw,
        relax_quotes,
        rtrim,
        skip_empty_lines,
        to,
        to_line
      } = this.options;
      let { comment, escape, quote, record_delimiter } = this.options;
      const {
        bomSkipped,
        delimiterDiscovered,
        delimiterBufPrevious,
        rawBuffer,
        escapeIsQuote
      } = this.state;
      if (!delimiterDiscovered && delimiter_auto) {
        let delimiterBuf;
        if (delimiterBufPrevious === void 0) {
          delimiterBuf = nextBuf;
        } else if (delimiterBufPrevious !== void 0 && nextBuf === void 0) {
          delimiterBuf = delimiterBufPrevious;
        } else {
          delimiterBuf = Buffer.concat([delimiterBufPrevious, nextBuf]);
        }
        nextBuf = void 0;
        if (end2 || delimiterBuf.length > delimiter_auto.size) {
          this.options.delimiter = [
            Buffer.from(
              delimiter_discover(delimiterBuf, this.options.delimiter_auto)
            )
          ];
          this.state.previousBuf = delimiterBuf;
          this.state.delimiterBufPrevious = void 0;
          this.state.delimiterDiscovered = true;
        } else {
          this.state.delimiterBufPrevious = delimiterBuf;
          return;
        }
      }
      const { previousBuf } = this.state;
      let buf;
      if (previousBuf === void 0) {
        if (nextBuf === void 0) {
          close();
          return;
        } else {
          buf = nextBuf;
        }
      } else if (previousBuf !== void 0 && nextBuf === void 0) {
        buf = previousBuf;
      } else {
        buf = Buffer.concat([previousBuf, nextBuf]);
      }
      if (bomSkipped === false) {
        if (bom === false) {
          this.state.bomSkipped = true;
        } else if (buf.length < 3) {
          if (end2 === false) {
            this.state.previousBuf = buf;
            return;
          }
        } else {
          for (const encoding2 in boms) {
            if (boms[encoding2].compare(buf, 0, boms[encoding2].length) === 0) {
              const bomLength = boms[encoding2].length;
              this.state.bufBytesStart += bomLength;
              buf = buf.slice(bomLength);
              const options2 = normalize_options({
                ...this.original_options,
                encoding: encoding2
              });
              for (const key2 in options2) {
                this.options[key2] = options2[key2];
              }
              ({ comment, escape, quote } = this.options);
              break;
            }
          }
          this.state.bomSkipped = true;
        }
      }
      const bufLen = buf.length;
      let pos;
      for (pos = 0; pos < bufLen; pos++) {
        if (this.__needMoreData(pos, bufLen, end2)) {
          break;
        }
        if (this.state.wasRowDelimiter === true) {
          this.info.lines++;
          this.state.wasRowDelimiter = false;
        }
        if (to_line !== -1 && this.info.lines > to_line) {
          this.state.stop = true;
          close();
          return;
        }
        if (this.state.quoting === false && record_delimiter.length === 0) {
          const record_delimiterCount = this.__autoDiscoverRecordDelimiter(
            buf,
            pos
          );
          if (record_delimiterCount) {
            record_delimiter = this.options.record_delimiter;
          }
        }
        const chr = buf[pos];
        if (raw === true) {
          rawBuffer.append(chr);
        }
        if ((chr === cr || chr === nl) && this.state.wasRowDelimiter === false) {
          this.state.wasRowDelimiter = true;
        }
        if (this.state.escaping === true) {
          this.state.escaping = false;
        } else {
          if (escape !== null && this.state.quoting === true && this.__isEscape(buf, pos, chr) && pos + escape.length < bufLen) {
            if (escapeIsQuote) {
              if (this.__isQuote(buf, pos + escape.length)) {
                this.state.escaping = true;
                pos += escape.length - 1;
                continue;
              }
            } else {
              this.state.escaping = true;
              pos += escape.length - 1;
              continue;
            }
          }
          if (this.state.commenting === false && this.__isQuote(buf, pos)) {
            if (this.state.quoting === true) {
              const nextChr = buf[pos + quote.length];
              const isNextChrTrimable = rtrim && this.__isCharTrimable(buf, pos + quote.length);
              const isNextChrComment = comment !== null && this.__compareBytes(comment, buf, pos + quote.length, nextChr);
              const isNextChrDelimiter = this.__isDelimiter(
                buf,
                pos + quote.length,
                nextChr
              );
              const isNextChrRecordDelimiter = record_delimiter.length === 0 ? this.__autoDiscoverRecordDelimiter(buf, pos + quote.length) : this.__isRecordDelimiter(nextChr, buf, pos + quote.length);
              if (escape !== null && this.__isEscape(buf, pos, chr) && this.__isQuote(buf, pos + escape.length)) {
                pos += escape.length - 1;
              } else if (!nextChr || isNextChrDelimiter || isNextChrRecordDelimiter || isNextChrComment || isNextChrTrimable) {
                this.state.quoting = false;
                this.state.wasQuoting = true;
                pos += quote.length - 1;
                continue;
              } else if (relax_quotes === false) {
                const err = this.__error(
                  new CsvError(
                    "CSV_INVALID_CLOSING_QUOTE",
                    [
                      "Invalid Closing Quote:",
                      `got "${String.fromCharCode(nextChr)}"`,
                      `at line ${this.info.lines}`,
                      "instead of delimiter, record delimiter, trimable character",
                      "(if activated) or comment"
                    ],
                    this.options,
                    this.__infoField()
                  )
                );
                if (err !== void 0) return err;
              } else {
                this.state.quoting = false;
                this.state.wasQuoting = true;
                this.state.field.prepend(quote);
                pos += quote.length - 1;
              }
            } else {
              if (this.state.field.length !== 0) {
                if (relax_quotes === false) {
                  const info2 = this.__infoField();
                  const bom2 = Object.keys(boms).map(
                    (b) => boms[b].equals(this.state.field.toString()) ? b : false
                  ).filter(Boolean)[0];
                  const err = this.__error(
                    new CsvError(
                      "INVALID_OPENING_QUOTE",
                      [
                        "Invalid Opening Quote:",
                        `a quote is found on field ${JSON.stringify(info2.column)} at line ${info2.lines}, value is ${JSON.stringify(this.state.field.toString(encoding))}`,
                        bom2 ? `(${bom2} bom)` : void 0
                      ],
                      this.options,
                      info2,
                      {
                        field: this.state.field
                      }
                    )
                  );
                  if (err !== void 0) return err;
                }
              } else {
                this.state.quoting = true;
                pos += quote.length - 1;
                continue;
              }
            }
          }
          if (this.state.quoting === false) {
            const recordDelimiterLength = this.__isRecordDelimiter(
              chr,
              buf,
              pos
            );
            if (recordDelimiterLength !== 0) {
              const skipCommentLine = this.state.commenting && this.state.wasQuoting === false && this.state.record.length === 0 && this.state.field.length === 0;
              if (skipCommentLine) {
                this.info.comment_lines++;
              } else {
                if (this.state.enabled === false && this.info.lines + (this.state.wasRowDelimiter === true ? 1 : 0) >= from_line) {
                  this.state.enabled = true;
                  this.__resetField();
                  this.__resetRecord();
                  pos += recordDelimiterLength - 1;
                  continue;
                }
                if (skip_empty_lines === true && this.state.wasQuoting === false && this.state.record.length === 0 && this.state.field.length === 0) {
                  this.info.empty_lines++;
                  pos += recordDelimiterLength - 1;
                  continue;
                }
                this.info.bytes = this.state.bufBytesStart + pos;
                const errField = this.__onField();
                if (errField !== void 0) return errField;
                this.info.bytes = this.state.bufBytesStart + pos + recordDelimiterLength;
                const errRecord = this.__onRecord(push);
                if (errRecord !== void 0) return errRecord;
                if (to !== -1 && this.info.records >= to) {
                  this.state.stop = true;
                  close();
                  return;
                }
              }
              this.state.commenting = false;
              pos += recordDelimiterLength - 1;
              continue;
            }
            if (this.state.commenting) {
              continue;
            }
            if (comment !== null && (comment_no_infix === false || this.state.record.length === 0 && this.state.field.length === 0)) {
              const commentCount = this.__compareBytes(comment, buf, pos, chr);
              if (commentCount !== 0) {
                this.state.commenting = true;
                continue;
              }
            }
            const delimiterLength = this.__isDelimiter(buf, pos, chr);
            if (delimiterLength !== 0) {
              this.info.bytes = this.state.bufBytesStart + pos;
              const errField = this.__onField();
              if (errField !== void 0) return errField;
              pos += delimiterLength - 1;
              continue;
            }
          }
        }
        if (this.state.commenting === false) {
          if (max_record_size !== 0 && this.state.record_length + this.state.field.length > max_record_size) {
            return this.__error(
              new CsvError(
                "CSV_MAX_RECORD_SIZE",
                [
                  "Max Record Size:",
                  "record exceed the maximum number of tolerated bytes",
                  `of ${max_record_size}`,
                  `at line ${this.info.lines}`
                ],
                this.options,
                this.__infoField()
              )
            );
          }
        }
        const lappend = ltrim === false || this.state.quoting === true || this.state.field.length !== 0 || !this.__isCharTrimable(buf, pos);
        const rappend = rtrim === false || this.state.wasQuoting === false;
        if (lappend === true && rappend === true) {
          this.state.field.append(chr);
        } else if (rtrim === true && !this.__isCharTrimable(buf, pos)) {
          return this.__error(
            new CsvError(
              "CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE",
              [
                "Invalid Closing Quote:",
                "found non trimable byte after quote",
                `at line ${this.info.lines}`
              ],
              this.options,
              this.__infoField()
            )
          );
        } else {
          if (lappend === false) {
            pos += this.__isCharTrimable(buf, pos) - 1;
          }
          continue;
        }
      }
      if (end2 === true) {
        if (this.state.quoting === true) {
          const err = this.__error(
            new CsvError(
              "CSV_QUOTE_NOT_CLOSED",
              [
                "Quote Not Closed:",
                `the parsing is finished with an opening quote at line ${this.info.lines}`
              ],
              this.options,
              this.__infoField()
            )
          );
          if (err !== void 0) return err;
        } else {
          if (this.state.wasQuoting === true || this.state.record.length !== 0 || this.state.field.length !== 0) {
            this.info.bytes = this.state.bufBytesStart + pos;
            const errField = this.__onField();
            if (errField !== void 0) return errField;
            const errRecord = this.__onRecord(push);
            if (errRecord !== void 0) return errRecord;
          } else if (this.state.wasRowDelimiter === true) {
            this.info.empty_lines++;
          } else if (this.state.commenting === true) {
            this.info.comment_lines++;
          }
        }
      } else {
        this.state.bufBytesStart += pos;
        this.state.previousBuf = buf.slice(pos);
      }
      if (this.state.wasRowDelimiter === true) {
        this.info.lines++;
        this.state.wasRowDelimiter = false;
      }
    },
    __onRecord: function(push) {
      const {
        columns,
        group_columns_by_name,
        encoding,
        info: info2,
        from,
        relax_column_count,
        relax_column_count_less,
        relax_column_count_more,
        raw,
        skip_records_with_empty_values
      } = this.options;
      const { enabled, record: record2 } = this.state;
      if (enabled === false) {
        return this.__resetRecord();
      }
      const recordLength = record2.length;
      if (columns === true) {
        if (skip_records_with_empty_values === true && isRecordEmpty(record2)) {
          this.__resetRecord();
          return;
        }
        return this.__firstLineToColumns(record2);
      }
      if (columns === false && this.info.records === 0) {
        this.state.expectedRecordLength = recordLength;
      }
      if (recordLength !== this.state.expectedRecordLength) {
        const err = columns === false ? new CsvError(
          "CSV_RECORD_INCONSISTENT_FIELDS_LENGTH",
          [
            "Invalid Record Length:",
            `expect ${this.state.expectedRecordLength},`,
            `got ${recordLength} on line ${this.info.lines}`
          ],
          this.options,
          this.__infoField(),
          {
            record: record2
          }
        ) : new CsvError(
          "CSV_RECORD_INCONSISTENT_COLUMNS",
          [
            "Invalid Record Length:",
            `columns length is ${columns.length},`,
            // rename columns
            `got ${recordLength} on line ${this.info.lines}`
          ],
          this.options,
          this.__infoField(),
          {
            record: record2
          }
        );
        if (relax_column_count === true || relax_column_count_less === true && recordLength < this.state.expectedRecordLength || relax_column_count_more === true && recordLength > this.state.expectedRecordLength) {
          this.info.invalid_field_length++;
          this.state.error = err;
        } else {
          const finalErr = this.__error(err);
          if (finalErr) return finalErr;
        }
      }
      if (skip_records_with_empty_values === true && isRecordEmpty(record2)) {
        this.__resetRecord();
        return;
      }
      if (this.state.recordHasError === true) {
        this.__resetRecord();
        this.state.recordHasError = false;
        return;
      }
      this.info.records++;
      if (from === 1 || this.info.records >= from) {
        const { objname } = this.options;
        if (columns !== false) {
          const obj = {};
          for (let i = 0, l = record2.length; i < l; i++) {
            if (columns[i] === void 0 || columns[i].disabled) continue;
            if (group_columns_by_name === true && Object.hasOwn(obj, columns[i].name)) {
              if (Array.isArray(obj[columns[i].name])) {
                obj[columns[i].name] = obj[columns[i].name].concat(record2[i]);
              } else {
                obj[columns[i].name] = [obj[columns[i].name], record2[i]];
              }
            } else {
              Object.defineProperty(obj, columns[i].name, {
                value: record2[i],
                enumerable: true,
                writable: true,
                configurable: true
              });
            }
          }
          if (raw === true || info2 === true) {
            const extRecord = Object.assign(
              { record: obj },
              raw === true ? { raw: this.state.rawBuffer.toString(encoding) } : {},
              info2 === true ? { info: this.__infoRecord() } : {}
            );
            const err = this.__push(
              objname === void 0 ? extRecord : [obj[objname], extRecord],
              push
            );
            if (err) {
              return err;
            }
          } else {
            const err = this.__push(
              objname === void 0 ? obj : [obj[objname], obj],
              push
            );
            if (err) {
              return err;
            }
          }
        } else {
          if (raw === true || info2 === true) {
            const extRecord = Object.assign(
              { record: record2 },
              raw === true ? { raw: this.state.rawBuffer.toString(encoding) } : {},
              info2 === true ? { info: this.__infoRecord() } : {}
            );
            const err = this.__push(
              objname === void 0 ? extRecord : [record2[objname], extRecord],
              push
            );
            if (err) {
              return err;
            }
          } else {
            const err = this.__push(
              objname === void 0 ? record2 : [record2[objname], record2],
              push
            );
            if (err) {
              return err;
            }
          }
        }
      }
      this.__resetRecord();
    },
    __firstLineToColumns: function(record2) {
      const { firstLineToHeaders } = this.state;
      try {
        const headers = firstLineToHeaders === void 0 ? record2 : firstLineToHeaders.call(null, record2);
        if (!Array.isArray(headers)) {
          return this.__error(
            new CsvError(
              "CSV_INVALID_COLUMN_MAPPING",
              [
                "Invalid Column Mapping:",
                "expect an array from column function,",
                `got ${JSON.stringify(headers)}`
              ],
              this.options,
              this.__infoField(),
              {
                headers
              }
            )
          );
        }
        const normalizedHeaders = normalize_columns_array(headers);
        this.state.expectedRecordLength = normalizedHeaders.length;
        this.options.columns = normalizedHeaders;
        this.__resetRecord();
        return;
      } catch (err) {
        return err;
      }
    },
    __resetRecord: function() {
      if (this.options.raw === true) {
        this.state.rawBuffer.reset();
      }
      this.state.error = void 0;
      this.state.record = [];
      this.state.record_length = 0;
    },
    __onField: function() {
      const { cast, encoding, rtrim, max_record_size } = this.options;
      const { enabled, wasQuoting } = this.state;
      if (enabled === false) {
        return this.__resetField();
      }
      let field = this.state.field.toString(encoding);
      if (rtrim === true && wasQuoting === false) {
        field = field.trimRight();
      }
      if (cast === true) {
        const [err, f] = this.__cast(field);
        if (err !== void 0) return err;
        field = f;
      }
      this.state.record.push(field);
      if (max_record_size !== 0 && typeof field === "string") {
        this.state.record_length += field.length;
      }
      this.__resetField();
    },
    __resetField: function() {
      this.state.field.reset();
      this.state.wasQuoting = false;
    },
    __push: function(record2, push) {
      const { on_record } = this.options;
      if (on_record !== void 0) {
        const info2 = this.__infoRecord();
        try {
          record2 = on_record.call(null, record2, info2);
        } catch (err) {
          return err;
        }
        if (record2 === void 0 || record2 === null) {
          return;
        }
      }
      this.info.bytes_records += this.info.bytes;
      push(record2);
    },
    // Return a tuple with the error and the casted value
    __cast: function(field) {
      const { columns, relax_column_count } = this.options;
      const isColumns = Array.isArray(columns);
      if (isColumns === true && relax_column_count && this.options.columns.length <= this.state.record.length) {
        return [void 0, void 0];
      }
      if (this.state.castField !== null) {
        try {
          const info2 = this.__infoField();
          return [void 0, this.state.castField.call(null, field, info2)];
        } catch (err) {
          return [err];
        }
      }
      if (this.__isFloat(field)) {
        return [void 0, parseFloat(field)];
      } else if (this.options.cast_date !== false) {
        const info2 = this.__infoField();
        return [void 0, this.options.cast_date.call(null, field, info2)];
      }
      return [void 0, field];
    },
    __compareBytes: function(sourceBuf, targetBuf, targetPos, firstByte) {
      if (sourceBuf[0] !== firstByte) return 0;
      const sourceLength = sourceBuf.length;
      for (let i = 1; i < sourceLength; i++) {
        if (sourceBuf[i] !== targetBuf[targetPos + i]) return 0;
      }
      return sourceLength;
    },
    // Helper to test if a character is trimable
    __isCharTrimable: function(buf, pos) {
      const { timchars, timcharFirstBytes } = this.state;
      const first = buf[pos];
      if (first === void 0 || timcharFirstBytes[first] === 0) return 0;
      loop1: for (let i = 0; i < timchars.length; i++) {
        const timchar = timchars[i];
        for (let j = 0; j < timchar.length; j++) {
          if (timchar[j] !== buf[pos + j]) continue loop1;
        }
        return timchar.length;
      }
      return 0;
    },
    __isDelimiter: function(buf, pos, chr) {
      const { delimiter: delimiter3, ignore_last_delimiters } = this.options;
      if (ignore_last_delimiters === true && this.state.record.length === this.options.columns.length - 1) {
        return 0;
      } else if (ignore_last_delimiters !== false && typeof ignore_last_delimiters === "number" && this.state.record.length === ignore_last_delimiters - 1) {
        return 0;
      }
      loop1: for (let i = 0; i < delimiter3.length; i++) {
        const del = delimiter3[i];
        if (del[0] === chr) {
          for (let j = 1; j < del.length; j++) {
            if (del[j] !== buf[pos + j]) continue loop1;
          }
          return del.length;
        }
      }
      return 0;
    },
    __isEscape: function(buf, pos, chr) {
      const { escape } = this.options;
      if (escape === null) return false;
      const l = escape.length;
      if (escape[0] === chr) {
        for (let i = 0; i < l; i++) {
          if (escape[i] !== buf[pos + i]) {
            return false;
          }
        }
        return true;
      }
      return false;
    },
    __isFloat: function(value) {
      return value - parseFloat(value) + 1 >= 0;
    },
    // Keep it in case we implement the `cast_int` option
    // __isInt(value){
    //   // return Number.isInteger(parseInt(value))
    //   // return !isNaN( parseInt( obj ) );
    //   return /^(\-|\+)?[1-9][0-9]*$/.test(value)
    // }
    __isQuote: function(buf, pos) {
      const { quote } = this.options;
      if (quote === null) return false;
      const l = quote.length;
      for (let i = 0; i < l; i++) {
        if (quote[i] !== buf[pos + i]) {
          return false;
        }
      }
      return true;
    },
    __isRecordDelimiter: function(chr, buf, pos) {
      const { record_delimiter } = this.options;
      const recordDelimiterLength = record_delimiter.length;
      loop1: for (let i = 0; i < recordDelimiterLength; i++) {
        const rd = record_delimiter[i];
        const rdLength = rd.length;
        if (rd[0] !== chr) {
          continue;
        }
        for (let j = 1; j < rdLength; j++) {
          if (rd[j] !== buf[pos + j]) {
            continue loop1;
          }
        }
        return rd.length;
      }
      return 0;
    },
    __autoDiscoverRecordDelimiter: function(buf, pos) {
      const { encoding } = this.options;
      const rds = [
        // Important, the windows line ending must be before mac os 9
        Buffer.from("\r\n", encoding),
        Buffer.from("\n", encoding),
        Buffer.from("\r", encoding)
      ];
      loop: for (let i = 0; i < rds.length; i++) {
        const l = rds[i].length;
        for (let j = 0; j < l; j++) {
          if (rds[i][j] !== buf[pos + j]) {
            continue loop;
          }
        }
        this.options.record_delimiter.push(rds[i]);
        this.state.recordDelimiterMaxLength = rds[i].length;
        return rds[i].length;
      }
      return 0;
    },
    __error: function(msg) {
      const { encoding, raw, skip_records_with_error } = this.options;
      const err = typeof msg === "string" ? new Error(msg) : msg;
      if (skip_records_with_error) {
        this.state.recordHasError = true;
        if (this.options.on_skip !== void 0) {
          try {
            this.options.on_skip(
              err,
              raw ? this.state.rawBuffer.toString(encoding) : void 0
            );
          } catch (err2) {
            return err2;
          }
        }
        return void 0;
      } else {
        return err;
      }
    },
    __infoDataSet: function() {
      return {
        ...this.info,
        columns: this.options.columns
      };
    },
    __infoRecord: function() {
      const { columns, raw, encoding } = this.options;
      return {
        ...this.__infoDataSet(),
        bytes_records: this.info.bytes,
        error: this.state.error,
        header: columns === true,
        index: this.state.record.length,
        raw: raw ? this.state.rawBuffer.toString(encoding) : void 0
      };
    },
    __infoField: function() {
      const { columns } = this.options;
      const isColumns = Array.isArray(columns);
      const bytes_records = this.info.bytes_records;
      return {
        ...this.__infoRecord(),
        bytes_records,
        column: isColumns === true ? columns.length > this.state.record.length ? columns[this.state.record.length].name : null : this.state.record.length,
        quoting: this.state.wasQuoting
      };
    }
  };
};

// node_modules/csv-parse/lib/sync.js
var parse = function(data, opts = {}) {
  if (typeof data === "string") {
    data = Buffer.from(data);
  }
  const records = opts && opts.objname ? /* @__PURE__ */ Object.create(null) : [];
  const parser = transform(opts);
  const push = (record2) => {
    if (parser.options.objname === void 0) records.push(record2);
    else {
      records[record2[0]] = record2[1];
    }
  };
  const close = () => {
  };
  const error = parser.parse(data, true, push, close);
  if (error !== void 0) throw error;
  return records;
};

// src/data/labels.ts
function readLabels(values, where, options) {
  const { task } = options;
  for (const [index, value] of values.entries()) {
    if (value === void 0 || value === null || value === "")
      throw new UserError(`${where(index)}: the label is missing.`);
  }
  if (task === "regression" || task === "embedding") {
    return { labels: values.map((value, index) => ({ kind: "values", values: numbersOf(value, where(index)) })) };
  }
  if (values.some((value) => Array.isArray(value) || task !== "classification" && isFraction(value))) {
    return { labels: values.map((value, index) => ({ kind: "values", values: numbersOf(value, where(index)) })) };
  }
  return classLabels(values.map(classText), where, options);
}
function classText(value) {
  if (typeof value === "boolean") return value ? "1" : "0";
  return String(value).trim();
}
function isFraction(value) {
  if (typeof value === "bigint" || typeof value === "boolean") return false;
  const number3 = typeof value === "number" ? value : Number(String(value).trim() || Number.NaN);
  return Number.isFinite(number3) && (!Number.isInteger(number3) || number3 < 0);
}
function numbersOf(value, where) {
  const list = Array.isArray(value) ? value : [value];
  return list.map((each) => {
    const number3 = typeof each === "string" && each.trim() === "" ? Number.NaN : Number(each);
    if (!Number.isFinite(number3)) throw new UserError(`${where}: the label ${JSON.stringify(each)} is not a number.`);
    return number3;
  });
}
function classLabels(names3, where, options) {
  const count2 = classCount(options);
  const given = options.classes;
  if (given) {
    const known2 = new Map(given.map((name, index) => [name, index]));
    const labels = names3.map((name, index) => {
      const at2 = indexOf(name);
      const found2 = known2.get(name) ?? known2.get(String(at2)) ?? (at2 !== void 0 && at2 < given.length ? at2 : void 0);
      if (found2 === void 0) {
        throw new UserError(`${where(index)}: "${name}" is not a class; ${nearestText(name, given, "classes are")}`);
      }
      return { kind: "class", index: found2 };
    });
    checkIndices(labels, where, count2);
    return { labels, classes: given };
  }
  const indices = names3.map(indexOf);
  if (indices.every((index) => index !== void 0)) {
    const labels = indices.map((index) => ({ kind: "class", index }));
    checkIndices(labels, where, count2);
    return { labels };
  }
  const classes = [...new Set(names3)].sort();
  const number3 = classes.find((name) => isFraction(name));
  if (number3 !== void 0 && options.task === "classification") {
    throw new UserError(
      `${where(names3.indexOf(number3))}: "${number3}" is not a class; classes are names or whole numbers from 0.`
    );
  }
  if (count2 !== void 0 && classes.length !== count2) {
    throw new UserError(
      `${where(0)} and others name ${classes.length} classes, and the model scores ${count2}, so their order cannot be guessed. List all classes in a text file, one a line in the order of the output, and set \`classes\`, or label with class numbers.`
    );
  }
  const known = new Map(classes.map((name, index) => [name, index]));
  return { labels: names3.map((name) => ({ kind: "class", index: known.get(name) })), classes };
}
function indexOf(name) {
  if (!/^\d{1,9}(\.\d*(e[+-]\d+)?)?$/i.test(name)) return void 0;
  const index = Number(name);
  return Number.isInteger(index) && index < 1e9 ? index : void 0;
}
function checkIndices(labels, where, count2) {
  if (count2 === void 0) return;
  for (const [at2, label] of labels.entries()) {
    if (label.kind === "class" && label.index >= count2) {
      throw new UserError(
        `${where(at2)}: class ${label.index} is beyond the model's output of ${count2} classes, 0 to ${count2 - 1}.`
      );
    }
  }
}
function classCount({ task, output }) {
  const last = output?.dims.at(-1);
  if (task !== "classification" || output?.dims.length !== 2 || typeof last !== "number") return void 0;
  return Math.max(2, last);
}
async function readClasses(options, file) {
  if (file === void 0) return options.classes;
  const { path, name } = await locate(options, "classes", file, "file");
  const lines = (await readFile2(path, "utf8")).replace(/^\uFEFF/, "").split(/\r?\n/).map((line) => line.trim());
  while (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) throw new UserError(`${name} is empty; it lists one class name a line.`);
  const empty = lines.indexOf("");
  if (empty >= 0)
    throw new UserError(`${name}:${empty + 1} is empty; the line number is the class, so no line may be missing.`);
  return lines;
}
async function readCsv({ path, name }) {
  const text = (await readFile2(path, "utf8")).replace(/^\uFEFF/, "");
  const header = text.slice(0, text.search(/\r?\n|$/));
  const delimiter3 = [",", ";", "	"].reduce(
    (best, each) => header.split(each).length > header.split(best).length ? each : best
  );
  let records;
  try {
    records = parse(text, {
      delimiter: delimiter3,
      info: true,
      skip_empty_lines: true,
      trim: true
    });
  } catch (error) {
    throw new UserError(`${name}: ${error.message}.`, { cause: error });
  }
  const [first, ...rest] = records;
  if (!first) throw new UserError(`${name} is empty; its first line names the columns.`);
  if (rest.length === 0) throw new UserError(`${name} has a header and no rows.`);
  return {
    name,
    columns: first.record,
    rows: rest.map(({ record: record2 }) => record2),
    where: (row2) => `${name}:${rest[row2]?.info.lines ?? "?"}`
  };
}
function columnOf(table2, column, key2) {
  const at2 = table2.columns.indexOf(column);
  if (at2 < 0) {
    throw new UserError(
      `${table2.name} has no column "${column}" (\`${key2}\`); its columns are ${table2.columns.map((each) => `"${each}"`).join(", ")}.`
    );
  }
  return at2;
}

// src/data/sources/array-labels.ts
async function openLabels(archive, source2, options, total) {
  const { labels } = source2;
  if (labels === void 0) return { files: [] };
  const extension = extensionOf(labels);
  const classes = await readClasses(options, void 0);
  const labelOptions = { ...options, classes };
  const checkCount = (count2, name) => {
    if (count2 === total) return;
    throw new UserError(`${name} has ${count2 ?? "no"} labels for the ${total} samples of ${archive.name}.`);
  };
  if (extension === ".csv" && !archive.keys.includes(labels)) {
    const file2 = await locate(options, "labels", labels, "file");
    const table2 = await readCsv(file2);
    const column = columnOf(table2, source2["label-column"] ?? "label", "label-column");
    checkCount(table2.rows.length, table2.name);
    const read3 = readLabels(
      table2.rows.map((record2) => record2[column]),
      table2.where,
      labelOptions
    );
    return { known: read3.labels, files: [file2], ...read3.classes && { classes: read3.classes } };
  }
  const isFile2 = extension === ".npy" && !archive.keys.includes(labels);
  if (!isFile2 && !archive.keys.includes(labels)) {
    throw new UserError(
      `\`labels\`: ${archive.name} has no array "${labels}"; ${nearestText(labels, archive.keys, "its keys are")}`
    );
  }
  const file = isFile2 ? await locate(options, "labels", labels, "file") : void 0;
  const entry = file ? await openNpy(file.path, file.name) : await archive.open(labels);
  const files = file ? [file] : [];
  checkCount(entry.shape[0], entry.name);
  const sampleSize = entry.shape.slice(1).reduce((product2, dim) => product2 * dim, 1);
  const isTensor = entry.shape.length > 2 || (options.task === "segmentation" || options.task === "language-model") && sampleSize > 1;
  if (isTensor && sampleSize > 1) return { entry, files };
  const rows3 = [];
  for await (const row2 of entry.rows()) {
    const values = Array.from({ length: sampleSize }, (_, at2) => numberOf(row2, entry, at2));
    rows3.push(sampleSize === 1 ? values[0] : values);
  }
  const read2 = readLabels(oneHot(rows3, sampleSize, options), (index) => `${entry.name}[${index}]`, labelOptions);
  return { known: read2.labels, files, ...read2.classes && { classes: read2.classes } };
}
function numberOf(row2, entry, at2) {
  const value = row2[at2];
  if (typeof value === "string") return value;
  return entry.type === "float16" ? halfToFloat(value) : Number(value);
}
function oneHot(rows3, size, { task }) {
  if (task !== "classification" || size < 2) return rows3;
  const isOneHot = (row2) => row2.filter((value) => value === 1).length === 1 && row2.filter((value) => value !== 0).length === 1;
  return rows3.every((row2) => isOneHot(row2)) ? rows3.map((row2) => row2.indexOf(1)) : rows3;
}
function labelTensor(entry, data) {
  return { kind: "tensor", tensor: { type: entry.type, dims: entry.shape.slice(1), data } };
}

// src/data/sources/arrays.ts
async function openArrays(source2, options) {
  const archive = await openArchive(source2, options);
  return openArchiveSource(archive, source2, options);
}
async function openArchive({ arrays }, options) {
  if (typeof arrays === "string") {
    const file = await locate(options, "arrays", arrays, "file");
    if (extensionOf(file.name) === ".npy") {
      const only = options.inputs[0]?.name ?? "";
      return { name: file.name, keys: [only], open: () => openNpy(file.path, file.name), files: [file] };
    }
    const npz = await openNpz(file.path, file.name);
    return { name: file.name, ...npz, files: [file] };
  }
  const files = /* @__PURE__ */ new Map();
  for (const [key2, name] of Object.entries(arrays))
    files.set(key2, await locate(options, `arrays.${key2}`, name, "file"));
  return {
    name: "`arrays`",
    keys: [...files.keys()],
    open: (key2) => openNpy(files.get(key2).path, files.get(key2).name),
    files: [...files.values()]
  };
}
async function openArchiveSource(archive, source2, options) {
  checkMapping(source2, options.inputs);
  const axes = batchAxes(options.inputs);
  const feeds = [];
  for (const input of options.inputs) feeds.push(await openFeed(archive, source2, input, axes[input.name], options));
  const total = agreeOnCount(feeds, archive.name);
  const { from, to } = selectRows(source2, total, archive.name);
  const labels = await openLabels(archive, source2, options, total);
  const files = [...archive.files, ...labels.files];
  return {
    description: `${archive.name} (${to - from} samples)`,
    size: to - from,
    files,
    ...labels.known && { labels: labels.known.slice(from, to) },
    ...labels.classes && { classes: labels.classes },
    async *samples() {
      const streams = feeds.map((feed) => feed.stream(from, to));
      const targets2 = labels.entry?.rows(from, to);
      const all = [...streams, ...targets2 ? [targets2] : []];
      try {
        for (let row2 = from; row2 < to; row2++) {
          const inputs = {};
          for (const [index, { input }] of feeds.entries()) inputs[input.name] = await next(streams[index]);
          const label = targets2 ? labelTensor(labels.entry, await next(targets2)) : labels.known?.[row2];
          yield { id: `${archive.name}[${row2}]`, inputs, ...label && { label } };
        }
        await Promise.all(all.map((stream) => stream.next()));
      } finally {
        await Promise.all(all.map((stream) => stream.return(void 0)));
      }
    }
  };
}
async function next(stream) {
  const { value, done } = await stream.next();
  if (done) throw new Error("a stream of rows ended before its count");
  return value;
}
function checkMapping({ inputs: mapping }, inputs) {
  const names3 = inputs.map(({ name }) => name);
  for (const name of Object.keys(mapping ?? {})) {
    if (names3.includes(name)) continue;
    throw new UserError(`\`inputs\`: the model has no input "${name}"; ${nearestText(name, names3, "its inputs are")}`);
  }
}
async function openFeed(archive, source2, input, batchAxis, options) {
  const mapped = source2.inputs?.[input.name];
  if (typeof mapped === "number")
    return constantFeed(input, `\`inputs.${input.name}: ${mapped}\``, filled(input, mapped));
  const key2 = mapped ?? input.name;
  if (!archive.keys.includes(key2)) {
    const keys2 = archive.keys.map((each) => `"${each}"`).join(", ") || "none";
    throw new UserError(
      mapped === void 0 ? `${archive.name} has no array for the model's input ${inputText(input)}; its keys are ${keys2}. Map it with \`inputs: { ${quoteKey(input.name)}: key }\`, or fill it with a number: \`inputs: { ${quoteKey(input.name)}: 0 }\`.` : `${archive.name} has no array "${key2}" (\`inputs.${input.name}\`); its keys are ${keys2}.`
    );
  }
  const entry = await archive.open(key2);
  const readings = readingsOf(entry, input, batchAxis, options);
  if (readings.length === 0) throw unfit(entry, input);
  let chosen = readings[0];
  return {
    input,
    name: entry.name,
    counts: readings.map(({ count: count2 }) => count2),
    choose(count2) {
      chosen = readings.find((each) => each.count === count2) ?? readings.find((each) => each.count === "any") ?? chosen;
    },
    stream: (from, to) => chosen.stream(from, to)
  };
}
function quoteKey(name) {
  return /^[A-Za-z_][\w.-]*$/.test(name) ? name : JSON.stringify(name);
}
function filled(input, value) {
  const dims = input.dims.map((dim) => typeof dim === "number" ? dim : 1);
  const values = new Array(dims.reduce((product2, dim) => product2 * dim, 1)).fill(value);
  return { type: input.type, dims, data: convertNumbers(values, input.type, () => `\`inputs.${input.name}\``) };
}
function constantFeed(input, name, tensor) {
  return { input, name, counts: ["any"], choose() {
  }, stream: repeat(() => tensor) };
}
function repeat(tensor) {
  return async function* repeated2(from, to) {
    const one = await tensor();
    for (let row2 = from; row2 < to; row2++) yield one;
  };
}
function readingsOf(entry, input, batchAxis, options) {
  const { shape } = entry;
  const { dims } = input;
  const readings = [];
  const [count2 = 0, ...rest] = shape;
  const rowsAs = (sampleShape) => ({
    count: count2,
    async *stream(from, to) {
      let row2 = from;
      for await (const values of entry.rows(from, to)) yield convert(values, entry, input, sampleShape, row2++);
    }
  });
  const plain2 = options.preprocess === void 0;
  const image2 = entry.type === "uint8" && dims.length >= 3 ? imageReading(entry, input, options) : void 0;
  if (image2 && !plain2) return [image2];
  if (shape.length === dims.length + 1 && fits(rest, dims)) readings.push(rowsAs(rest));
  if (shape.length === dims.length && shape.length > 0) {
    if (fits([1, ...rest], dims)) readings.push(rowsAs([1, ...rest]));
    if (batchAxis !== void 0 && batchAxis > 0 && fits(withAxis(shape, batchAxis, 1), dims)) {
      readings.push(gathered(entry, input, batchAxis));
    }
  }
  if (fits(shape, dims) && (batchAxis === void 0 || shape[batchAxis] === 1)) {
    readings.push({ count: "any", stream: repeat(async () => convert(await entry.read(), entry, input, shape, 0)) });
  }
  if (shape.length === 1 && fits([1, 1], dims)) readings.push(rowsAs([1, 1]));
  if (readings.length === 0 && image2) readings.push(image2);
  if (!plain2 && entry.type !== "uint8" && readings.length > 0) {
    options.progress?.note(
      `${entry.name} is ${entry.type}: \`preprocess\` is for uint8 images, and these values are fed as they are`
    );
  }
  return readings;
}
function withAxis(shape, axis, size) {
  return shape.map((dim, at2) => at2 === axis ? size : dim);
}
function gathered(entry, input, axis) {
  const { shape } = entry;
  const outer = shape.slice(0, axis).reduce((product2, dim) => product2 * dim, 1);
  const inner = shape.slice(axis + 1).reduce((product2, dim) => product2 * dim, 1);
  const count2 = shape[axis];
  return {
    count: count2,
    async *stream(from, to) {
      const all = await entry.read();
      for (let sample = from; sample < to; sample++) {
        const values = all.slice(0, outer * inner);
        for (let row2 = 0; row2 < outer; row2++) {
          const start = (row2 * count2 + sample) * inner;
          values.set(all.subarray(start, start + inner), row2 * inner);
        }
        yield convert(values, entry, input, withAxis(shape, axis, 1), sample);
      }
    }
  };
}
function imageReading(entry, input, options) {
  const [count2 = 0, ...sample] = entry.shape;
  const dims = sample.length === 4 && sample[0] === 1 ? sample.slice(1) : sample;
  const isChannels = (dim) => dim === 1 || dim === 3 || dim === 4;
  const last = dims.length === 3 && isChannels(dims[2]);
  if (dims.length !== 2 && !(dims.length === 3 && (last || isChannels(dims[0])))) return void 0;
  const plan = planImage(options.preprocess, input);
  const [height, width] = dims.length === 2 || last ? dims : dims.slice(1);
  const channels = dims.length === 2 ? 1 : last ? dims[2] : dims[0];
  const toTensor = (values, row2) => imageTensor(interleave(values, width, height, channels, last), plan, `${entry.name}[${row2}]`);
  imageTensor(interleave(new Uint8Array(width * height * channels), width, height, channels, last), plan, entry.name);
  return {
    count: count2,
    async *stream(from, to) {
      let row2 = from;
      for await (const values of entry.rows(from, to)) yield toTensor(values, row2++);
    }
  };
}
function interleave(values, width, height, channels, interleaved2) {
  const kept2 = channels === 1 ? 1 : 3;
  if (interleaved2 && channels === kept2) return { width, height, channels: kept2, data: values };
  const area2 = width * height;
  const data = new Uint8Array(area2 * kept2);
  for (let pixel = 0; pixel < area2; pixel++) {
    for (let channel = 0; channel < kept2; channel++) {
      data[pixel * kept2 + channel] = values[interleaved2 ? pixel * channels + channel : channel * area2 + pixel];
    }
  }
  return { width, height, channels: kept2, data };
}
function convert(values, entry, input, dims, row2) {
  const { type: type2 } = input;
  const where = (index) => `${entry.name}[${row2}], value ${index},`;
  if (Array.isArray(values) || type2 === "string") {
    if (!Array.isArray(values) || type2 !== "string") throw unfit(entry, input);
    return { type: type2, dims, data: values };
  }
  if (entry.type === type2 && !type2.startsWith("float")) return { type: type2, dims, data: values };
  const numbers3 = entry.type === "float16" ? Float64Array.from(values, halfToFloat) : values;
  return { type: type2, dims, data: convertNumbers(numbers3, type2, where) };
}
function unfit(entry, input) {
  if (entry.type === "string" !== (input.type === "string")) {
    return new UserError(`${entry.name} holds ${entry.type} values, and the model's input is ${inputText(input)}.`);
  }
  const sample = input.dims.map((dim, axis) => axis === 0 && typeof dim !== "number" ? "N" : dim);
  return new UserError(
    `${entry.name} has shape ${shapeText(entry.shape)}, which does not fit the model's input ${inputText(input)}: expected ${shapeText(sample.length > 0 ? ["N", ...sample.slice(1)] : [])} or ${shapeText(["N", ...input.dims])}, N samples.`
  );
}
function agreeOnCount(feeds, name) {
  const possible = feeds.map(({ counts: counts2 }) => counts2);
  const candidates = [...new Set(possible.flat().filter((count3) => count3 !== "any"))];
  const agreed = candidates.find(
    (count3) => possible.every((counts2) => counts2.includes(count3) || counts2.includes("any"))
  );
  if (agreed === void 0 && candidates.length > 0) {
    const each = feeds.map((feed) => `${feed.name} has ${feed.counts[0] === "any" ? 1 : feed.counts[0]}`);
    throw new UserError(`the arrays of ${name} differ in their number of samples: ${each.join(", ")}.`);
  }
  const count2 = agreed ?? 1;
  for (const feed of feeds) feed.choose(count2);
  return count2;
}

// src/data/sources/audio.ts
import { open as open3 } from "node:fs/promises";

// src/data/decode-pool.ts
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
var worthThreads = 24;
var maxThreads = 8;
var lookahead = 4;
async function* decodeAll(plan, tasks, options = {}) {
  const wanted = options.threads ?? (tasks.length < worthThreads ? 0 : Math.min(maxThreads, availableParallelism()));
  const pool = wanted > 0 ? await ThreadPool.start(plan, Math.min(wanted, tasks.length), options.progress) : void 0;
  if (!pool) {
    for (const task of tasks) yield await decode(plan, task);
    return;
  }
  try {
    const pending = [];
    let next2 = 0;
    while (next2 < tasks.length || pending.length > 0) {
      while (next2 < tasks.length && pending.length < pool.size * lookahead) {
        const decoded2 = pool.decode(tasks[next2++]);
        decoded2.catch(() => {
        });
        pending.push(decoded2);
      }
      yield await pending.shift();
    }
  } finally {
    await pool.close();
  }
}
var ThreadPool = class _ThreadPool {
  size;
  #threads;
  #next = 0;
  constructor(workers) {
    this.size = workers.length;
    this.#threads = workers.map((worker) => {
      const waiting = /* @__PURE__ */ new Map();
      worker.on("message", (response) => {
        const { resolve: resolve9, reject } = waiting.get(response.id);
        waiting.delete(response.id);
        if ("decoded" in response) resolve9(response.decoded);
        else if (response.isUserError) reject(new UserError(response.error.message, { cause: response.error }));
        else reject(response.error);
      });
      const fail = (error) => {
        for (const { reject } of waiting.values()) reject(error);
        waiting.clear();
      };
      worker.on("error", fail);
      worker.on("exit", (code) => fail(new Error(`a decoding thread ended with code ${code}`)));
      return { worker, waiting };
    });
  }
  /** @returns undefined where the threads do not start */
  static async start(plan, size, progress) {
    const workers = [];
    try {
      for (let index = 0; index < size; index++) workers.push(new Worker(threadUrl(), { workerData: plan }));
      await Promise.all(workers.map(ready));
      return new _ThreadPool(workers);
    } catch (error) {
      await Promise.all(workers.map((worker) => worker.terminate()));
      progress?.note(`decoding without threads: ${error.message}`);
      return void 0;
    }
  }
  decode(task) {
    const thread = this.#threads.reduce((least2, each) => each.waiting.size < least2.waiting.size ? each : least2);
    return new Promise((resolve9, reject) => {
      const id = this.#next++;
      thread.waiting.set(id, { resolve: resolve9, reject });
      thread.worker.postMessage({ id, task });
    });
  }
  async close() {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
};
function threadUrl() {
  return new URL(import.meta.url.endsWith(".ts") ? "./decode-thread.ts" : "./decode-thread.js", import.meta.url);
}
function ready(worker) {
  return new Promise((resolve9, reject) => {
    worker.once("message", resolve9);
    worker.on("error", reject);
    worker.once("exit", (code) => reject(new Error(`a decoding thread ended at its start with code ${code}`)));
  });
}

// src/data/sources/files.ts
import { resolve as resolve2 } from "node:path";
async function labelledFiles(options, source2) {
  if (source2.labels !== void 0) return csvFiles(options, source2, source2.labels);
  const files = await allFiles(options, source2);
  const classFile = source2.classes === void 0 ? [] : [await locate(options, "classes", source2.classes, "file")];
  const classes = await readClasses(options, source2.classes);
  const unlabelled2 = { files, labelFiles: classFile, ...classes && { classes } };
  if (options.task !== "classification" && options.task !== "generic") return unlabelled2;
  const prefix = slashes(source2.folder.path).length + 1;
  const folders = files.map(({ path }) => {
    const [first, ...rest] = slashes(path).slice(prefix).split("/");
    return rest.length > 0 ? first : void 0;
  });
  const names3 = new Set(folders);
  if (names3.has(void 0) && names3.size > 1) {
    const loose = folders.filter((folder) => folder === void 0).length;
    throw new UserError(
      `${source2.folder.name} has ${loose} ${source2.what} beside its class folders (${files[folders.indexOf(void 0)]?.name}); move them into a class folder, or give \`labels\`.`
    );
  }
  if (names3.has(void 0) || names3.size === 1 && !classes) return unlabelled2;
  const where = (index) => `the class folder of ${files[index]?.name}`;
  return { ...unlabelled2, ...classLabels(folders, where, { ...options, classes }) };
}
async function allFiles(options, { folder, extensions, what }) {
  const files = await listFiles(options, folder, extensions);
  if (files.length > 0) return files;
  throw new UserError(`${folder.name} has no ${what} (${[...extensions].join(", ")}), also not in its subfolders.`);
}
async function csvFiles(options, source2, labels) {
  const csv = await locate(options, "labels", labels, "file");
  if (![".csv", ".tsv", ".txt"].includes(extensionOf(csv.name))) {
    throw new UserError(
      `\`labels: ${labels}\`: labels for task ${options.task} are a CSV file with the columns "file" and "${source2.labelColumn}".`
    );
  }
  const table2 = await readCsv(csv);
  const fileAt = columnOf(table2, "file", "labels");
  const labelAt = columnOf(table2, source2.labelColumn, "label-column");
  const classes = await readClasses(options, source2.classes);
  const found2 = /* @__PURE__ */ new Map();
  const bases = [source2.folder.path, resolve2(csv.path, ".."), options.policyFolder];
  const files = [];
  for (const [row2, record2] of table2.rows.entries()) {
    const name = record2[fileAt] ?? "";
    const path = await firstFile(bases.map((base) => resolve2(base, name)));
    if (name === "" || path === void 0) {
      throw new UserError(
        `${table2.where(row2)}: there is no file "${name}" in ${source2.folder.name}, nor beside ${csv.name}.`
      );
    }
    if (found2.has(path))
      throw new UserError(`${table2.where(row2)}: "${name}" is listed a second time; each file has one row.`);
    const shown = (await locate(options, `${csv.name}: file`, path)).path;
    const file = { path: shown, name: slashes(name) };
    found2.set(path, file);
    files.push(file);
  }
  const read2 = readLabels(
    table2.rows.map((record2) => record2[labelAt]),
    table2.where,
    { ...options, classes }
  );
  const all = await listFiles(options, source2.folder, source2.extensions);
  const left = all.filter(({ path }) => !found2.has(path)).length;
  if (left > 0)
    options.progress?.note(
      `${left} ${source2.what} of ${source2.folder.name} have no row in ${csv.name} and are left out`
    );
  const classFile = source2.classes === void 0 ? [] : [await locate(options, "classes", source2.classes, "file")];
  return {
    files,
    labels: read2.labels,
    labelFiles: [csv, ...classFile],
    ...read2.classes && { classes: read2.classes }
  };
}
async function firstFile(paths) {
  for (const path of paths) if (await isFile(path)) return path;
  return void 0;
}
async function forEachParallel(items, use, width = 16) {
  let next2 = 0;
  await Promise.all(
    Array.from({ length: Math.min(width, items.length) }, async () => {
      while (next2 < items.length) {
        const index = next2++;
        await use(items[index], index);
      }
    })
  );
}

// src/data/sources/audio.ts
async function openAudio(source2, options) {
  const input = singleInput(options.inputs, "Audio files");
  if (input.dims.length < 1 || input.dims.length > 3 || !input.type.startsWith("float")) {
    throw new UserError(
      `the model's input ${inputText(input)} is not sound, float [batch, samples]; use \`arrays\` for features.`
    );
  }
  const found2 = await labelledFiles(options, {
    folder: await locate(options, "audio", source2.audio, "folder"),
    extensions: /* @__PURE__ */ new Set([".wav"]),
    what: "audio files",
    labels: source2.labels,
    labelColumn: source2["label-column"],
    classes: source2.classes
  });
  const { from, to } = selectRows(source2, found2.files.length, source2.audio);
  const files = found2.files.slice(from, to);
  const labels = found2.labels?.slice(from, to);
  const headers = new Array(files.length);
  await forEachParallel(files, async (file, index) => {
    headers[index] = await readHeader2(file);
  });
  const plan = {
    input: input.name,
    type: input.type,
    dims: input.dims,
    sampleRate: source2["sample-rate"] ?? headers[0].sampleRate,
    ...source2.length !== void 0 && { length: source2.length }
  };
  for (const [index, header] of headers.entries()) checkWav(header, plan, files[index].name);
  return {
    description: `${source2.audio} (${files.length} clips)`,
    size: files.length,
    files: [...files, ...found2.labelFiles],
    ...labels && { labels },
    ...found2.classes && { classes: found2.classes },
    async *samples() {
      let index = 0;
      for await (const { tensor } of decodeAll({ kind: "audio", plan }, files, options)) {
        const label = labels?.[index];
        yield { id: files[index].name, inputs: { [plan.input]: tensor }, ...label && { label } };
        index++;
      }
    }
  };
}
async function readHeader2({ path, name }) {
  const file = await open3(path, "r");
  try {
    const { size } = await file.stat();
    for (const length of [4096, size]) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, length)), 0, Math.min(size, length), 0);
      try {
        return readWavHeader(buffer.subarray(0, bytesRead), name, size);
      } catch (error) {
        if (!(error instanceof UserError) || length >= size) throw error;
      }
    }
    throw new Error("not reached: the second reading is whole");
  } finally {
    await file.close();
  }
}

// src/data/sources/command.ts
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join as join5 } from "node:path";
var defaultTimeoutMs = 10 * 6e4;
async function openCommand(source2, options) {
  const folder = await mkdtemp(join5(tmpdir(), "quant-gate-data-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const output = join5(folder, "data.npz");
  await runCommand(source2.command, {
    folder: options.policyFolder,
    allowed: options.allowCommands === true,
    what: "data command",
    env: { QUANT_GATE_OUTPUT: output },
    timeoutMs: options.commandTimeoutMs ?? defaultTimeoutMs,
    progress: options.progress ?? silent
  });
  const name = `the output of \`${shorten(source2.command)}\``;
  if (!await isFile(output)) {
    throw new UserError(
      `${name} is missing: the command ended well but wrote no file to the path in QUANT_GATE_OUTPUT.`
    );
  }
  const npz = await openNpz(output, name);
  return openArchiveSource({ name, ...npz, files: [{ path: output, name }] }, source2, options);
}
function shorten(command) {
  return command.length <= 60 ? command : `${command.slice(0, 57)}...`;
}

// src/data/sources/csv.ts
async function openCsv(source2, options) {
  const file = await locate(options, "csv", source2.csv, "file");
  const table2 = await readCsv(file);
  const labelAt = (source2.label ?? []).map((column) => columnOf(table2, column, "label"));
  const columns = chooseColumns(table2, source2, labelAt, options.inputs);
  const { from, to } = selectRows(source2, table2.rows.length, table2.name);
  const rows3 = table2.rows.slice(from, to).map((_, index) => readRow(table2, from + index, columns));
  const read2 = labelAt.length === 0 ? void 0 : readLabels(
    table2.rows.map((row2) => labelAt.length === 1 ? row2[labelAt[0]] : labelAt.map((at2) => row2[at2])),
    table2.where,
    options
  );
  const labels = read2?.labels.slice(from, to);
  return {
    description: `${source2.csv} (${rows3.length} rows)`,
    size: rows3.length,
    files: [file],
    ...labels && { labels },
    ...read2?.classes && { classes: read2.classes },
    async *samples() {
      for (const [index, inputs] of rows3.entries()) {
        const label = labels?.[index];
        yield { id: `${table2.name}[${from + index}]`, inputs, ...label && { label } };
      }
    }
  };
}
function chooseColumns(table2, source2, labelAt, inputs) {
  const names3 = inputs.map(({ name }) => name);
  for (const name of Object.keys(source2.inputs ?? {})) {
    if (names3.includes(name)) continue;
    throw new UserError(`\`inputs\`: the model has no input "${name}"; ${nearestText(name, names3, "its inputs are")}`);
  }
  const all = table2.columns.filter((_, at2) => !labelAt.includes(at2));
  return inputs.map((input) => {
    const wanted = source2.inputs?.[input.name] ?? (inputs.length === 1 ? all : [input.name]);
    const at2 = wanted.map((column) => columnOf(table2, column, `inputs.${input.name}`));
    if (!shapeFor(input, at2.length)) {
      throw new UserError(
        `${table2.name} gives ${counted(at2.length, "column")} (${wanted.slice(0, 8).join(", ")}${wanted.length > 8 ? ", ..." : ""}) to the model's input ${inputText(input)}, which takes ${shapeText(input.dims)}. Choose them with \`inputs\`, and the label with \`label\`.`
      );
    }
    return { input, at: at2, names: wanted };
  });
}
function shapeFor({ dims }, count2) {
  const shapes = [[1, count2], ...count2 === 1 ? [[1], []] : [[count2]], [1, 1, count2]];
  return shapes.find((shape) => fits(shape, dims));
}
function readRow(table2, row2, columns) {
  const record2 = table2.rows[row2];
  const inputs = {};
  for (const { input, at: at2, names: names3 } of columns) {
    const dims = shapeFor(input, at2.length);
    const cells = at2.map((column) => record2[column] ?? "");
    const where = (index) => `${table2.where(row2)}: column "${names3[index]}"`;
    if (input.type === "string") inputs[input.name] = { type: "string", dims, data: cells };
    else {
      const numbers3 = cells.map((cell, index) => readNumber(cell, where(index)));
      inputs[input.name] = { type: input.type, dims, data: convertNumbers(numbers3, input.type, where) };
    }
  }
  return inputs;
}
function readNumber(cell, where) {
  if (/^[+-]?\d{16,}$/.test(cell)) return BigInt(cell);
  const truth = { true: 1, false: 0 }[cell.toLowerCase()];
  const number3 = truth ?? (cell === "" ? Number.NaN : Number(cell));
  if (Number.isNaN(number3)) {
    throw new UserError(
      `${where} is ${cell === "" ? "empty" : `"${cell}"`}, not a number; fill it or leave the column out of \`inputs\`.`
    );
  }
  return number3;
}

// src/data/sources/images.ts
import { open as open4, readFile as readFile4, stat as stat2 } from "node:fs/promises";

// src/data/boxes.ts
import { readFile as readFile3 } from "node:fs/promises";

// src/data/pairing.ts
function below(folder, { path, name }) {
  return { path: slashes(path).slice(slashes(folder.path).length + 1), name };
}
var keys = [
  (path) => path,
  (path) => path.replace(/\.[^./]+$/, ""),
  (path) => stemOf(path)
];
function pairLabels(images, labels) {
  const found2 = new Array(images.length).fill(void 0);
  const taken = /* @__PURE__ */ new Set();
  for (const keyOf2 of keys) {
    const imagesOf = Map.groupBy(images.keys(), (index) => keyOf2(images[index].path));
    const free = [...labels.keys()].filter((index) => !taken.has(index));
    const labelsOf2 = Map.groupBy(free, (index) => keyOf2(labels[index].path));
    for (const [index, { path }] of images.entries()) {
      if (found2[index] !== void 0) continue;
      const same = imagesOf.get(keyOf2(path));
      const candidates = labelsOf2.get(keyOf2(path)) ?? [];
      if (candidates.length === 0) continue;
      if (same.length > 1 || candidates.length > 1) {
        throw new UserError(
          `${names(same.map((each) => images[each]))} may belong to ${names(candidates.map((each) => labels[each]))}, and nothing tells which to which; a label has the name of its image and lies in the same subfolder.`
        );
      }
      found2[index] = candidates[0];
      taken.add(candidates[0]);
    }
  }
  return found2;
}
function names(items) {
  const most4 = 3;
  const shown = items.slice(0, most4).map(({ name }) => name);
  return listed(items.length > most4 ? [...shown, `${items.length - most4} more`] : shown);
}

// src/data/boxes.ts
async function readYolo(options, folder, imageFolder, images, classes) {
  const files = await listFiles(options, folder, /* @__PURE__ */ new Set([".txt"]));
  const pairs = pairLabels(
    images.map((image2) => below(imageFolder, image2)),
    files.map((file) => below(folder, file))
  );
  const used = new Set(pairs);
  if (pairs.every((at2) => at2 === void 0)) {
    throw new UserError(
      `${folder.name} has no label for any of the ${images.length} images; a label is named as its image, ${stemOf(images[0].name)}.txt, with lines "class cx cy width height" (fractions of the image).`
    );
  }
  const orphan = files.find(({ name }, at2) => !used.has(at2) && stemOf(name) !== "classes");
  if (orphan)
    throw new UserError(`${orphan.name} belongs to no image: there is no "${stemOf(orphan.name)}" among the images.`);
  const labels = new Array(images.length);
  await forEachParallel(images, async (image2, index) => {
    const { width, height } = imageSize(await readFile3(image2.path), image2.name);
    const at2 = pairs[index];
    const file = at2 === void 0 ? void 0 : files[at2];
    const lines = file ? (await readFile3(file.path, "utf8")).split(/\r?\n/) : [];
    const boxes = lines.flatMap(
      (line, at3) => line.trim() === "" ? [] : [yoloBox(line, `${file?.name}:${at3 + 1}`, width, height, classes)]
    );
    labels[index] = { kind: "boxes", boxes, width, height };
  });
  return { labels, files, ...classes && { classes } };
}
function yoloBox(line, where, width, height, classes) {
  const numbers3 = line.trim().split(/\s+/).map(Number);
  const [classIndex = -1, cx = 0, cy = 0, w = 0, h = 0] = numbers3;
  if (numbers3.length !== 5 && numbers3.length !== 6 || numbers3.some((value) => !Number.isFinite(value))) {
    throw new UserError(`${where}: "${line.trim()}" is not "class cx cy width height".`);
  }
  if (!Number.isInteger(classIndex) || classIndex < 0 || classes && classIndex >= classes.length) {
    throw new UserError(
      `${where}: ${classIndex} is not a class${classes ? `; \`classes\` lists ${classes.length}` : ""}.`
    );
  }
  const slack2 = 0.01;
  if ([cx - w / 2, cy - h / 2].some((low) => low < -slack2) || [cx + w / 2, cy + h / 2].some((high) => high > 1 + slack2)) {
    throw new UserError(
      `${where}: the box lies outside of the image; cx cy width height are fractions from 0 to 1, not pixels.`
    );
  }
  return {
    classIndex,
    x0: (cx - w / 2) * width,
    y0: (cy - h / 2) * height,
    x1: (cx + w / 2) * width,
    y1: (cy + h / 2) * height
  };
}
var cocoSchema = object({
  images: array(object({ id: number(), file_name: string(), width: number(), height: number() })),
  annotations: array(
    object({
      image_id: number(),
      category_id: number(),
      bbox: tuple([number(), number(), number(), number()]),
      iscrowd: union([number(), boolean()]).optional()
    })
  ),
  categories: array(object({ id: number(), name: string() }))
});
async function readCoco(file, folder, images, classes) {
  let json;
  try {
    json = JSON.parse(await readFile3(file.path, "utf8"));
  } catch (error) {
    throw new UserError(`${file.name} is not JSON: ${error.message}.`, { cause: error });
  }
  const parsed = cocoSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UserError(`${file.name} is not a COCO instances file: ${issue.path.join(".")}: ${issue.message}.`);
  }
  const { data } = parsed;
  const categories = [...data.categories].sort((one, other) => one.id - other.id);
  const names3 = classes ?? categories.map(({ name }) => name);
  const indexOf2 = /* @__PURE__ */ new Map();
  for (const { id, name } of categories) {
    const index = names3.indexOf(name);
    if (index < 0)
      throw new UserError(
        `${file.name}: category "${name}" is not in \`classes\`; ${nearestText(name, names3, "classes are")}`
      );
    indexOf2.set(id, index);
  }
  const boxesOf = new Map(data.images.map(({ id }) => [id, []]));
  for (const [at2, { image_id, category_id, bbox, iscrowd }] of data.annotations.entries()) {
    const boxes = boxesOf.get(image_id);
    const classIndex = indexOf2.get(category_id);
    if (!boxes)
      throw new UserError(`${file.name}: annotations[${at2}] is of image ${image_id}, which is not in \`images\`.`);
    if (classIndex === void 0)
      throw new UserError(
        `${file.name}: annotations[${at2}] has category ${category_id}, which is not in \`categories\`.`
      );
    const [x, y, width, height] = bbox;
    boxes.push({ classIndex, x0: x, y0: y, x1: x + width, y1: y + height, ...iscrowd && { crowd: true } });
  }
  const pairs = pairLabels(
    images.map((image2) => below(folder, image2)),
    data.images.map(({ id, file_name }) => ({
      path: slashes(file_name),
      name: `"${file_name}" (id ${id} of ${file.name})`
    }))
  );
  const labels = pairs.map((at2) => {
    const image2 = at2 === void 0 ? void 0 : data.images[at2];
    return image2 && { kind: "boxes", boxes: boxesOf.get(image2.id), width: image2.width, height: image2.height };
  });
  if (labels.every((label) => label === void 0))
    throw new UserError(
      `${file.name} knows none of the ${images.length} images of ${folder.name}, for instance ${images[0]?.name}.`
    );
  return { labels, classes: names3, files: [file] };
}

// src/data/sources/images.ts
var imageExtensions = /* @__PURE__ */ new Set([".jpg", ".jpeg", ".png", ".webp", ".bmp"]);
var maskExtensions = /* @__PURE__ */ new Set([".png", ".bmp", ".webp"]);
async function openImages(source2, options) {
  const plan = planImage(options.preprocess, singleInput(options.inputs, "Images"));
  const folder = await locate(options, "images", source2.images, "folder");
  const found2 = await findLabelled(source2, folder, options);
  const { from, to } = selectRows(source2, found2.files.length, source2.images);
  const files = found2.files.slice(from, to);
  const labels = found2.labels?.slice(from, to);
  const masks = found2.masks?.slice(from, to);
  await forEachParallel(files, async (file) => void formatOf(await readStart(file, 64), file.name));
  const first = files[0];
  const size = imageSize(await readFile4(first.path), first.name);
  if (!fixedSize(plan.preprocess) && plan.preprocess.resize === void 0) {
    checkShape(plan, size.width, size.height, `${first.name} (${size.width} x ${size.height})`);
  }
  const tasks = files.map((file, index) => ({ ...file, ...masks && { mask: masks[index] } }));
  return {
    description: `${source2.images} (${files.length} images)`,
    size: files.length,
    files: [...files, ...masks ?? [], ...found2.labelFiles],
    ...labels && { labels },
    ...found2.classes && { classes: found2.classes },
    async *samples() {
      let index = 0;
      for await (const { tensor, mask } of decodeAll({ kind: "image", plan }, tasks, options)) {
        const label = mask ? { kind: "tensor", tensor: mask } : labels?.[index];
        yield { id: files[index].name, inputs: { [plan.input]: tensor }, ...label && { label } };
        index++;
      }
    }
  };
}
async function findLabelled(source2, folder, options) {
  const files = {
    folder,
    extensions: imageExtensions,
    what: "images",
    labels: source2.labels,
    labelColumn: source2["label-column"],
    classes: source2.classes
  };
  if (source2.labels === void 0) return labelledFiles(options, files);
  const labels = await locate(options, "labels", source2.labels);
  const isFolder = (await stat2(labels.path)).isDirectory();
  if (!isFolder && extensionOf(labels.name) !== ".json") return labelledFiles(options, files);
  const images = await allFiles(options, files);
  const classes = await readClasses(options, source2.classes);
  const classFiles = source2.classes === void 0 ? [] : [await locate(options, "classes", source2.classes, "file")];
  if (isFolder && options.task === "segmentation") {
    const masks = await findMasks(options, labels, folder, images);
    return { files: images, masks, labelFiles: classFiles, ...classes && { classes } };
  }
  const boxes = isFolder ? await readYolo(options, labels, folder, images, classes) : await readCoco(labels, folder, images, classes);
  const kept2 = images.filter((_, index) => boxes.labels[index] !== void 0);
  if (kept2.length < images.length) {
    options.progress?.note(
      `${images.length - kept2.length} images of ${folder.name} are not in ${labels.name} and are left out`
    );
  }
  return {
    files: kept2,
    labels: boxes.labels.filter((label) => label !== void 0),
    labelFiles: [...boxes.files, ...classFiles],
    ...boxes.classes && { classes: boxes.classes }
  };
}
async function findMasks(options, maskFolder, folder, images) {
  const masks = await listFiles(options, maskFolder, maskExtensions);
  const pairs = pairLabels(
    images.map((image2) => below(folder, image2)),
    masks.map((mask) => below(maskFolder, mask))
  );
  const missing2 = images.filter((_, index) => pairs[index] === void 0);
  if (missing2.length > 0) {
    throw new UserError(
      `${missing2.length} of ${images.length} images have no mask in ${maskFolder.name}, the first is ${missing2[0]?.name}: a mask is named as its image, ${stemOf(missing2[0].name)}.png.`
    );
  }
  return pairs.map((at2) => masks[at2]);
}
async function readStart({ path, name }, length) {
  const file = await open4(path, "r").catch((error) => {
    throw new UserError(`${name} cannot be read (${error.code}).`, { cause: error });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

// src/data/sources/jsonl.ts
import { readFile as readFile6 } from "node:fs/promises";
import { dirname as dirname3, join as join6, relative as relative2 } from "node:path";

// src/data/tokenizer.ts
import { readFile as readFile5 } from "node:fs/promises";
import { resolve as resolve3 } from "node:path";

// node_modules/@huggingface/tokenizers/dist/tokenizers.mjs
var DictionarySplitter = class {
  /**
   * @param dictionary The dictionary of words to use for splitting.
   */
  constructor(dictionary) {
    this.trie = this._build_trie(dictionary);
  }
  /**
   * Builds a trie from the given dictionary.
   * @param dictionary The dictionary of words to build the trie from.
   * @returns The root node of the trie.
   * @private
   */
  _build_trie(dictionary) {
    const trie = /* @__PURE__ */ Object.create(null);
    for (const word of dictionary) {
      let node = trie;
      for (let i = 0; i < word.length; ++i) {
        const char = word[i];
        node = node[char] ??= /* @__PURE__ */ Object.create(null);
      }
      node.end = word;
    }
    return trie;
  }
  /**
   * Splits the input text into tokens based on the dictionary.
   * @param text The input text to split.
   * @returns An array of tokens.
   */
  split(text) {
    const result = [];
    const n = text.length;
    let start = 0;
    let i = 0;
    while (i < n) {
      let node = this.trie;
      let match = null;
      let j = i;
      while (j < n && (node = node[text[j]])) {
        if (node.end) {
          match = node.end;
        }
        ++j;
      }
      if (match) {
        if (i > start) {
          result.push(text.slice(start, i));
        }
        result.push(match);
        i += match.length;
        start = i;
      } else {
        ++i;
      }
    }
    if (start < n) {
      result.push(text.slice(start));
    }
    return result;
  }
};
var DictionarySplitter_default = DictionarySplitter;
var AddedToken = class {
  /**
   * Creates a new instance of AddedToken.
   * @param config Added token configuration object.
   */
  constructor(config) {
    this.content = config.content;
    this.id = config.id;
    this.single_word = config.single_word ?? false;
    this.lstrip = config.lstrip ?? false;
    this.rstrip = config.rstrip ?? false;
    this.special = config.special ?? false;
    this.normalized = config.normalized ?? !this.special;
  }
};
var AddedToken_default = AddedToken;
var compile_unicode_regexp = (source2, flags) => {
  try {
    return new RegExp(source2, flags);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const property_names = /* @__PURE__ */ new Map();
    const rewritten = source2.replace(
      /(\\[pP])\{([^}=]+)\}/g,
      (text, p, n, offset) => {
        let preceding_backslashes = 0;
        for (let i = offset - 1; i >= 0 && source2[i] === "\\"; --i) {
          ++preceding_backslashes;
        }
        if (preceding_backslashes % 2 === 1) return text;
        let property_name = property_names.get(n);
        if (property_name === void 0) {
          try {
            new RegExp(`\\p{${n}}`, "u");
            property_name = n;
          } catch {
            property_name = `Script=${n}`;
          }
          property_names.set(n, property_name);
        }
        return `${p}{${property_name}}`;
      }
    );
    if (rewritten === source2) throw error;
    try {
      return new RegExp(rewritten, flags);
    } catch {
      throw error;
    }
  }
};
var clean_up_tokenization = (text) => text.replace(/ \./g, ".").replace(/ \?/g, "?").replace(/ \!/g, "!").replace(/ ,/g, ",").replace(/ \' /g, "'").replace(/ n't/g, "n't").replace(/ 'm/g, "'m").replace(/ 's/g, "'s").replace(/ 've/g, "'ve").replace(/ 're/g, "'re");
var create_pattern = (pattern, invert = true) => {
  if (pattern.Regex !== void 0) {
    const regex = rewrite_oniguruma_to_js(
      normalize_bloom_split_char_class(pattern.Regex)
    );
    return compile_unicode_regexp(regex, "gu");
  } else if (pattern.String !== void 0) {
    const escaped = escape_reg_exp(pattern.String);
    return new RegExp(invert ? escaped : `(${escaped})`, "gu");
  } else {
    console.warn("Unknown pattern type:", pattern);
    return null;
  }
};
var UNICODE_WORD_CHARS_IN_CLASS = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";
var UNICODE_WORD_CHARS = `${UNICODE_WORD_CHARS_IN_CLASS}\\u00B2\\u00B3\\u00B9\\u00BC-\\u00BE`;
var UNICODE_WORD_CLASS = `[${UNICODE_WORD_CHARS}]`;
var UNICODE_NON_WORD_CLASS = `[^${UNICODE_WORD_CHARS}]`;
var UNICODE_WORD_BOUNDARY = `(?:(?<!${UNICODE_WORD_CLASS})(?=${UNICODE_WORD_CLASS})|(?<=${UNICODE_WORD_CLASS})(?!${UNICODE_WORD_CLASS}))`;
var UNICODE_NON_WORD_BOUNDARY = `(?:(?<!${UNICODE_WORD_CLASS})(?!${UNICODE_WORD_CLASS})|(?<=${UNICODE_WORD_CLASS})(?=${UNICODE_WORD_CLASS}))`;
var LINE_START_ANCHOR = "(?:(?<![\\s\\S])|(?<=\\n))";
var LINE_END_ANCHOR = "(?:(?=\\n)|(?![\\s\\S]))";
var HEX_DIGIT_CHARS = "0-9A-Fa-f";
var ESCAPE_REWRITES = /* @__PURE__ */ new Map([
  ["A", "(?<![\\s\\S])"],
  ["z", "(?![\\s\\S])"],
  ["Z", "(?=\\n?(?![\\s\\S]))"],
  // \Z permits a single optional final \n (not \r\n)
  ["h", `[${HEX_DIGIT_CHARS}]`],
  ["H", `[^${HEX_DIGIT_CHARS}]`],
  ["w", UNICODE_WORD_CLASS],
  ["W", UNICODE_NON_WORD_CLASS],
  ["d", "\\p{Nd}"],
  ["D", "\\P{Nd}"],
  ["s", "\\p{White_Space}"],
  // JS \s wrongly adds U+FEFF and misses \x85
  ["S", "\\P{White_Space}"],
  ["b", UNICODE_WORD_BOUNDARY],
  ["B", UNICODE_NON_WORD_BOUNDARY],
  ["a", "\\x07"],
  ["e", "\\x1B"]
]);
var CLASS_ESCAPE_REWRITES = /* @__PURE__ */ new Map([
  ["h", HEX_DIGIT_CHARS],
  ["w", UNICODE_WORD_CHARS_IN_CLASS],
  ["d", "\\p{Nd}"],
  ["D", "\\P{Nd}"],
  ["s", "\\p{White_Space}"],
  ["S", "\\P{White_Space}"],
  ["a", "\\x07"],
  ["e", "\\x1B"]
]);
var CLASS_COMPLEMENT_ALTERNATIVES = /* @__PURE__ */ new Map([
  ["W", `[^${UNICODE_WORD_CHARS_IN_CLASS}]`],
  ["H", `[^${HEX_DIGIT_CHARS}]`]
]);
var RAW_WHITESPACE_ESCAPES = /* @__PURE__ */ new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["	", "\\t"],
  ["\f", "\\f"],
  ["\v", "\\v"]
]);
var POSIX_CLASS_FRAGMENTS = /* @__PURE__ */ new Map([
  ["alpha", "\\p{Alphabetic}"],
  ["alnum", "\\p{Alphabetic}\\p{Nd}"],
  ["digit", "\\p{Nd}"],
  ["lower", "\\p{Lowercase}"],
  ["upper", "\\p{Uppercase}"],
  ["space", "\\p{White_Space}"],
  ["blank", "\\t\\p{Zs}"],
  ["punct", "\\p{P}\\p{S}"],
  ["cntrl", "\\p{Cc}"],
  ["word", UNICODE_WORD_CHARS_IN_CLASS],
  ["xdigit", HEX_DIGIT_CHARS]
]);
var JS_SYNTAX_CHARS = "^$\\.*+?()[]{}|/";
var GROUP_PREFIX_RE = /^\(\?(?:<[=!]|<[A-Za-z_][A-Za-z0-9_]*>|[:=!>])/;
var BRACED_ESCAPE_RE = /^\\([pPxu])\{([^}]*)\}/;
var QUANTIFIER_BRACE_RE = /^\{(\d+(?:,\d*)?|,\d+)\}/;
var POSIX_BRACKET_RE = new RegExp("^\\[:(\\^?)(\\p{Alphabetic}+):\\]", "u");
var EMPTY_NEGATED_POSIX_BRACKET_RE = /^\[:\^:\]/;
var UNSUPPORTED_POSIX_BRACKET_RE = /^\[(?:\.[^\]]*\.\]|=[^\]]*=\])/;
var FIXED_WIDTH_ESCAPE_RE = /^(?:\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\c[A-Za-z])/;
var is_ascii_letter = (char) => char >= "A" && char <= "Z" || char >= "a" && char <= "z";
var character_at = (text, index) => String.fromCodePoint(text.codePointAt(index));
var get_ascii_folded_hex_atom = (hex) => {
  if (!/^[0-9A-Fa-f]{1,8}$/.test(hex)) return null;
  const code_point = Number.parseInt(hex, 16);
  if (code_point > 127) return null;
  const letter = String.fromCharCode(code_point);
  return is_ascii_letter(letter) ? `[${letter.toLowerCase()}${letter.toUpperCase()}]` : null;
};
var normalize_bloom_split_char_class = (regex) => regex.replace(/\[\^\(\\s\|\[([^\]]+)\]\)\]/g, "[^()|\\s$1]");
var ANY_CODE_POINT = "[\\s\\S]";
var MAX_CHARACTER_CLASS_NESTING_DEPTH = 256;
var create_character_class_operand = () => ({
  fragment: "",
  alternatives: [],
  tail: null,
  contains_complex_set: false
});
var throw_character_class_range_error = (index) => {
  throw new SyntaxError(
    `Unsupported range with a set-valued character-class operand at index ${index}`
  );
};
var add_character_class_atom = (operand, atom, index, contains_complex_set = true) => {
  if (operand.tail === "range") throw_character_class_range_error(index);
  operand.alternatives.push(atom);
  operand.tail = "set";
  operand.contains_complex_set = operand.contains_complex_set || contains_complex_set;
};
var append_character_class_fragment = (operand, fragment, set_valued = false, index = -1) => {
  if (set_valued && operand.tail === "range") {
    throw_character_class_range_error(index);
  }
  if (operand.tail === "range") {
    operand.fragment += fragment;
    operand.tail = "complete_range";
    return;
  }
  operand.fragment += fragment;
  operand.tail = set_valued ? "set" : "scalar";
  operand.contains_complex_set = operand.contains_complex_set || set_valued;
};
var rewrite_character_class_escape = (regex, index, operand) => {
  const braced = BRACED_ESCAPE_RE.exec(regex.slice(index));
  if (braced) {
    const [text, kind, body] = braced;
    if (kind === "P" && body === "Word") {
      add_character_class_atom(
        operand,
        `[^${UNICODE_WORD_CHARS_IN_CLASS}]`,
        index
      );
    } else {
      const replacement2 = kind === "x" ? `\\u{${body}}` : kind === "p" && body === "Word" ? UNICODE_WORD_CHARS_IN_CLASS : text;
      append_character_class_fragment(
        operand,
        replacement2,
        kind === "p" || kind === "P",
        index
      );
    }
    return index + text.length;
  }
  const fixed_width = FIXED_WIDTH_ESCAPE_RE.exec(regex.slice(index));
  if (fixed_width) {
    append_character_class_fragment(operand, fixed_width[0]);
    return index + fixed_width[0].length;
  }
  if (index + 1 >= regex.length) {
    throw new SyntaxError(
      `Unterminated escape in character class at index ${index}`
    );
  }
  const next2 = character_at(regex, index + 1);
  const next_end = index + 1 + next2.length;
  const raw_whitespace = RAW_WHITESPACE_ESCAPES.get(next2);
  if (raw_whitespace !== void 0) {
    append_character_class_fragment(operand, raw_whitespace);
    return next_end;
  }
  const complement = CLASS_COMPLEMENT_ALTERNATIVES.get(next2);
  if (complement !== void 0) {
    add_character_class_atom(operand, complement, index);
    return next_end;
  }
  const rewrite = CLASS_ESCAPE_REWRITES.get(next2);
  let replacement;
  let set_valued = false;
  if (rewrite !== void 0) {
    replacement = rewrite;
    set_valued = next2 !== "a" && next2 !== "e";
  } else if (/[A-Za-z0-9]/.test(next2)) {
    replacement = `\\${next2}`;
  } else if (JS_SYNTAX_CHARS.includes(next2) || next2 === "-") {
    replacement = `\\${next2}`;
  } else {
    replacement = next2;
  }
  append_character_class_fragment(operand, replacement, set_valued, index);
  return next_end;
};
var compile_character_set_union = (pieces) => {
  if (pieces.length === 1) return pieces[0];
  return `(?:(?=(?:${pieces.join("|")}))${ANY_CODE_POINT})`;
};
var compile_character_class_operand = (operand) => {
  const pieces = operand.fragment.length === 0 ? operand.alternatives : [`[${operand.fragment}]`, ...operand.alternatives];
  return compile_character_set_union(pieces);
};
var get_ascii_fold_additions = (positive_atom) => {
  const membership = compile_unicode_regexp(`^(?:${positive_atom})$`, "u");
  let additions = "";
  for (let offset = 0; offset < 26; ++offset) {
    const upper = String.fromCharCode(65 + offset);
    const lower = String.fromCharCode(97 + offset);
    const has_upper = membership.test(upper);
    const has_lower = membership.test(lower);
    if (has_upper !== has_lower) additions += has_upper ? lower : upper;
  }
  return additions;
};
var parse_character_class = (regex, start, ascii_fold, apply_ascii_fold = true, nesting_depth = 1) => {
  if (nesting_depth > MAX_CHARACTER_CLASS_NESTING_DEPTH) {
    throw new SyntaxError(
      `Maximum character-class nesting depth of ${MAX_CHARACTER_CLASS_NESTING_DEPTH} exceeded at index ${start}`
    );
  }
  let i = start + 1;
  const negated = regex[i] === "^";
  if (negated) ++i;
  const first_content_index = i;
  const operands = [create_character_class_operand()];
  let operand = operands[0];
  let contains_nested_negated_complex_set = false;
  while (i < regex.length) {
    const char = character_at(regex, i);
    if (char === "\\") {
      i = rewrite_character_class_escape(regex, i, operand);
      continue;
    }
    if (char === "]") {
      if (i === first_content_index) {
        append_character_class_fragment(operand, "\\]");
        ++i;
        continue;
      }
      if (operand.tail === null) {
        if (operands.length > 1) {
          throw new SyntaxError(
            `Malformed character-class intersection with an empty operand at index ${i}`
          );
        }
        throw new SyntaxError(`Empty character class at index ${start}`);
      }
      const contains_complex_set = operands.some(
        (candidate) => candidate.contains_complex_set
      );
      if (negated && operands.length > 1 && contains_nested_negated_complex_set) {
        throw new SyntaxError(
          `Unsupported outer-negated character-class intersection with a nested negated class containing a Unicode property, POSIX class, or shorthand at index ${start}`
        );
      }
      const first_atom = compile_character_class_operand(operands[0]);
      let positive_atom = first_atom;
      if (operands.length > 1) {
        let lookaheads = "";
        for (let j = 1; j < operands.length; ++j) {
          lookaheads += `(?=${compile_character_class_operand(operands[j])})`;
        }
        positive_atom = `(?:${lookaheads}${first_atom})`;
      }
      const is_direct_class = operands.length === 1 && operand.alternatives.length === 0;
      let direct_fragment = operand.fragment;
      if (ascii_fold && apply_ascii_fold) {
        const additions = get_ascii_fold_additions(positive_atom);
        if (additions.length > 0) {
          if (is_direct_class) {
            direct_fragment += additions;
            positive_atom = `[${direct_fragment}]`;
          } else {
            positive_atom = compile_character_set_union([
              positive_atom,
              `[${additions}]`
            ]);
          }
        }
      }
      const atom = negated ? is_direct_class ? `[^${direct_fragment}]` : `(?:(?!${positive_atom})${ANY_CODE_POINT})` : positive_atom;
      return {
        atom,
        end: i + 1,
        negated,
        contains_complex_set,
        contains_nested_negated_complex_set
      };
    }
    if (regex.startsWith("&&", i)) {
      if (operand.tail === null) {
        throw new SyntaxError(
          `Malformed character-class intersection with an empty operand at index ${i}`
        );
      }
      operand = create_character_class_operand();
      operands.push(operand);
      i += 2;
      continue;
    }
    if (char === "[") {
      const suffix = regex.slice(i);
      if (EMPTY_NEGATED_POSIX_BRACKET_RE.test(suffix)) {
        throw new SyntaxError(
          `Malformed empty negated POSIX character class at index ${i}`
        );
      }
      const posix = POSIX_BRACKET_RE.exec(suffix);
      if (posix) {
        const [, posix_negated, name] = posix;
        const fragment = POSIX_CLASS_FRAGMENTS.get(name);
        if (fragment === void 0) {
          throw new SyntaxError(
            `Unsupported POSIX character class "${name}" at index ${i}`
          );
        }
        if (ascii_fold && posix_negated && (name === "lower" || name === "upper")) {
          throw new SyntaxError(
            `Unsupported negated POSIX ${name} class inside an inline case-insensitive group`
          );
        }
        if (posix_negated) {
          add_character_class_atom(operand, `[^${fragment}]`, i);
        } else {
          append_character_class_fragment(operand, fragment, true, i);
        }
        i += posix[0].length;
        continue;
      }
      if (UNSUPPORTED_POSIX_BRACKET_RE.test(suffix)) {
        throw new SyntaxError(
          `Unsupported POSIX collating or equivalence bracket expression at index ${i}`
        );
      }
      const nested = parse_character_class(
        regex,
        i,
        ascii_fold,
        false,
        nesting_depth + 1
      );
      add_character_class_atom(
        operand,
        nested.atom,
        i,
        nested.contains_complex_set
      );
      contains_nested_negated_complex_set ||= nested.contains_nested_negated_complex_set || nested.negated && nested.contains_complex_set;
      i = nested.end;
      continue;
    }
    if (char === "-") {
      const is_terminal_literal = regex[i + 1] === "]" || regex.startsWith("&&", i + 1);
      if (operand.tail === "set" && !is_terminal_literal) {
        throw_character_class_range_error(i);
      }
      if (operand.tail === null || operand.tail === "range" || operand.tail === "complete_range" || is_terminal_literal) {
        append_character_class_fragment(operand, "\\-");
      } else {
        operand.fragment += "-";
        operand.tail = "range";
      }
      ++i;
      continue;
    }
    append_character_class_fragment(
      operand,
      char === "^" && operand.fragment.length === 0 ? "\\^" : char
    );
    i += char.length;
  }
  throw new SyntaxError(
    `${operands.length > 1 ? "Unterminated character-class intersection" : "Unterminated character class"} at index ${start}`
  );
};
var rewrite_oniguruma_to_js = (regex) => {
  let out = "";
  let atom_start = -1;
  let last_was_quantifier = false;
  let ascii_fold = false;
  const group_states = [];
  const emit_atom = (text) => {
    atom_start = out.length;
    out += text;
    last_was_quantifier = false;
  };
  for (let i = 0; i < regex.length; ) {
    const char = character_at(regex, i);
    if (char === "\\") {
      const braced = BRACED_ESCAPE_RE.exec(regex.slice(i));
      if (braced) {
        const [text, kind, body] = braced;
        let replacement2 = text;
        if (kind === "x") {
          const code_point_escape = `\\u{${body}}`;
          replacement2 = ascii_fold ? get_ascii_folded_hex_atom(body) ?? code_point_escape : code_point_escape;
        } else if (body === "Word") {
          replacement2 = kind === "p" ? UNICODE_WORD_CLASS : UNICODE_NON_WORD_CLASS;
        }
        emit_atom(replacement2);
        i += text.length;
        continue;
      }
      const fixed_width = FIXED_WIDTH_ESCAPE_RE.exec(regex.slice(i));
      if (fixed_width) {
        const text = fixed_width[0];
        const replacement2 = ascii_fold && text[1] !== "c" ? get_ascii_folded_hex_atom(text.slice(2)) ?? text : text;
        emit_atom(replacement2);
        i += text.length;
        continue;
      }
      if (i + 1 >= regex.length) {
        out += char;
        break;
      }
      const next2 = character_at(regex, i + 1);
      i += 1 + next2.length;
      if (next2 === "G") {
        continue;
      }
      const raw_whitespace = RAW_WHITESPACE_ESCAPES.get(next2);
      if (raw_whitespace !== void 0) {
        emit_atom(raw_whitespace);
        continue;
      }
      const rewrite = ESCAPE_REWRITES.get(next2);
      let replacement;
      if (rewrite !== void 0) {
        replacement = rewrite;
      } else if (/[A-Za-z0-9]/.test(next2)) {
        replacement = `\\${next2}`;
      } else if (JS_SYNTAX_CHARS.includes(next2)) {
        replacement = `\\${next2}`;
      } else {
        replacement = next2;
      }
      emit_atom(replacement);
      continue;
    }
    switch (char) {
      case "[": {
        const parsed = parse_character_class(regex, i, ascii_fold);
        emit_atom(parsed.atom);
        i = parsed.end;
        continue;
      }
      case "]":
        emit_atom("\\]");
        ++i;
        continue;
      case ".":
        emit_atom("[^\\n]");
        ++i;
        continue;
      case "^":
        emit_atom(LINE_START_ANCHOR);
        ++i;
        continue;
      case "$":
        emit_atom(LINE_END_ANCHOR);
        ++i;
        continue;
      case "(": {
        const inline_case_insensitive = regex.startsWith("(?i:", i);
        const source_prefix = inline_case_insensitive ? "(?i:" : GROUP_PREFIX_RE.exec(regex.slice(i))?.[0] ?? "(";
        const output_prefix = inline_case_insensitive ? "(?:" : source_prefix === "(?>" ? "(?:" : source_prefix;
        group_states.push([out.length, ascii_fold]);
        if (inline_case_insensitive) ascii_fold = true;
        out += output_prefix;
        last_was_quantifier = false;
        i += source_prefix.length;
        continue;
      }
      case ")":
        out += char;
        [atom_start, ascii_fold] = group_states.pop() ?? [-1, false];
        last_was_quantifier = false;
        ++i;
        continue;
      case "|":
        out += char;
        atom_start = -1;
        last_was_quantifier = false;
        ++i;
        continue;
      case "{": {
        const quant = QUANTIFIER_BRACE_RE.exec(regex.slice(i));
        if (!quant || atom_start < 0) {
          emit_atom("\\{");
          ++i;
          continue;
        }
        const body = quant[1].startsWith(",") ? `0${quant[1]}` : quant[1];
        i += quant[0].length;
        const following = regex[i];
        if (following === "+" || following === "*") {
          out = `${out.slice(0, atom_start)}(?:${out.slice(atom_start)}{${body}})${following}`;
          ++i;
        } else {
          out += `{${body}}`;
        }
        last_was_quantifier = true;
        continue;
      }
      case "}":
        emit_atom("\\}");
        ++i;
        continue;
      case "+":
        if (last_was_quantifier) {
          ++i;
          continue;
        }
        out += char;
        last_was_quantifier = true;
        ++i;
        continue;
      case "*":
      case "?":
        out += char;
        last_was_quantifier = true;
        ++i;
        continue;
      default:
        emit_atom(
          ascii_fold && is_ascii_letter(char) ? `[${char.toLowerCase()}${char.toUpperCase()}]` : char
        );
        i += char.length;
        continue;
    }
  }
  return out;
};
var escape_reg_exp = (string2) => string2.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
var fuse_unk = (arr, tokens_to_ids, unk_token_id) => {
  const fused2 = [];
  let i = 0;
  while (i < arr.length) {
    fused2.push(arr[i]);
    const token_id = tokens_to_ids.get(arr[i]) ?? unk_token_id;
    if (token_id !== unk_token_id) {
      ++i;
      continue;
    }
    while (++i < arr.length && (tokens_to_ids.get(arr[i]) ?? unk_token_id) === unk_token_id) {
      if (tokens_to_ids.get(fused2.at(-1)) !== unk_token_id) {
        fused2[fused2.length - 1] += arr[i];
      }
    }
  }
  return fused2;
};
var is_chinese_char = (cp) => cp >= 19968 && cp <= 40959 || cp >= 13312 && cp <= 19903 || cp >= 131072 && cp <= 173791 || cp >= 173824 && cp <= 177983 || cp >= 177984 && cp <= 178207 || cp >= 178208 && cp <= 183983 || cp >= 63744 && cp <= 64255 || cp >= 194560 && cp <= 195103;
var is_integral_number = (x) => Number.isInteger(x) || typeof x === "bigint";
var len = (s) => {
  let length = 0;
  for (const c of s) ++length;
  return length;
};
var lowercase_and_remove_accents = (text) => remove_accents(text.toLowerCase());
var merge_arrays = (...arrs) => Array.prototype.concat.apply([], arrs);
var object_to_map = (obj) => new Map(Object.entries(obj));
var regex_split = (text, regex) => {
  const result = [];
  let prev = 0;
  for (const match of text.matchAll(regex)) {
    const full_match = match[0];
    if (prev < match.index) {
      result.push(text.slice(prev, match.index));
    }
    if (full_match.length > 0) {
      result.push(full_match);
    }
    prev = match.index + full_match.length;
  }
  if (prev < text.length) {
    result.push(text.slice(prev));
  }
  return result;
};
var remove_accents = (text) => text.replace(new RegExp("\\p{M}", "gu"), "");
var validate_object = (obj, name, required_keys = []) => {
  if (!obj || Array.isArray(obj) || typeof obj !== "object") {
    return `${name} must be a valid object`;
  }
  for (const key2 of required_keys) {
    if (!(key2 in obj)) {
      return `${name} must contain a "${key2}" property`;
    }
  }
  return null;
};
var whitespace_split = (text) => text.match(/\S+/g) || [];
var Callable = class {
  /**
   * Creates a new instance of the Callable class.
   */
  constructor() {
    const closure = function(...args) {
      return closure._call(...args);
    };
    return Object.setPrototypeOf(closure, new.target.prototype);
  }
};
var Callable_default = Callable;
var Normalizer = class extends Callable_default {
  /**
   * @param config The configuration object for the normalizer.
   */
  constructor(config) {
    super();
    this.config = config;
  }
  /**
   * Alias for {@link Normalizer#normalize}.
   * @param text The text to normalize.
   * @returns The normalized text.
   */
  _call(text) {
    return this.normalize(text);
  }
};
var Normalizer_default = Normalizer;
var BertNormalizer = class extends Normalizer_default {
  /**
   * Adds whitespace around any CJK (Chinese, Japanese, or Korean) character in the input text.
   *
   * @param text The input text to tokenize.
   * @returns The tokenized text with whitespace added around CJK characters.
   */
  tokenize_chinese_chars(text) {
    const output = [];
    for (let i = 0; i < text.length; ++i) {
      const char = text[i];
      const cp = char.charCodeAt(0);
      if (is_chinese_char(cp)) {
        output.push(" ");
        output.push(char);
        output.push(" ");
      } else {
        output.push(char);
      }
    }
    return output.join("");
  }
  /**
   * Strips accents from the given text.
   * @param text The text to strip accents from.
   * @returns The text with accents removed.
   */
  strip_accents(text) {
    return text.normalize("NFD").replace(new RegExp("\\p{Mn}", "gu"), "");
  }
  /**
   * Checks whether `char` is a control character.
   * @param char The character to check.
   * @returns Whether `char` is a control character.
   */
  is_control(char) {
    switch (char) {
      case "	":
      case "\n":
      case "\r":
        return false;
      default:
        return new RegExp("^\\p{Cc}|\\p{Cf}|\\p{Co}|\\p{Cs}$", "u").test(char);
    }
  }
  /**
   * Performs invalid character removal and whitespace cleanup on text.
   * @param text The text to clean.
   * @returns The cleaned text.
   */
  clean_text(text) {
    const output = [];
    for (const char of text) {
      const cp = char.charCodeAt(0);
      if (cp === 0 || cp === 65533 || this.is_control(char)) {
        continue;
      }
      if (/^\s$/.test(char)) {
        output.push(" ");
      } else {
        output.push(char);
      }
    }
    return output.join("");
  }
  /**
   * Normalizes the given text based on the configuration.
   * @param text The text to normalize.
   * @returns The normalized text.
   */
  normalize(text) {
    if (this.config.clean_text) {
      text = this.clean_text(text);
    }
    if (this.config.handle_chinese_chars) {
      text = this.tokenize_chinese_chars(text);
    }
    if (this.config.lowercase) {
      text = text.toLowerCase();
      if (this.config.strip_accents !== false) {
        text = this.strip_accents(text);
      }
    } else if (this.config.strip_accents) {
      text = this.strip_accents(text);
    }
    return text;
  }
};
var BertNormalizer_default = BertNormalizer;
var Precompiled = class extends Normalizer_default {
  /**
   * Create a new instance of Precompiled normalizer.
   * @param config The configuration object.
   */
  constructor(config) {
    super(config);
    this.charsmap = config.precompiled_charsmap ?? null;
  }
  /**
   * Normalizes the given text by applying the precompiled charsmap.
   * @param text The text to normalize.
   * @returns The normalized text.
   */
  normalize(text) {
    text = text.replace(
      /[\u0001-\u0008\u000B\u000E-\u001F\u007F\u008F\u009F]/gm,
      ""
    );
    text = text.replace(
      /[\u0009\u000A\u000C\u000D\u00A0\u1680\u2000-\u200F\u2028\u2029\u202F\u205F\u2581\u3000\uFEFF\uFFFD]/gm,
      " "
    );
    if (text.includes("～")) {
      const parts3 = text.split("～");
      text = parts3.map((part) => part.normalize("NFKC")).join("～");
    } else {
      text = text.normalize("NFKC");
    }
    return text;
  }
};
var Precompiled_default = Precompiled;
var Sequence = class extends Normalizer_default {
  /**
   * Create a new instance of NormalizerSequence.
   * @param config The configuration object.
   */
  constructor(config) {
    super(config);
    this.normalizers = (config.normalizers ?? []).map(
      (x) => create_normalizer_default(x)
    );
  }
  /**
   * Apply a sequence of Normalizers to the input text.
   * @param text The text to normalize.
   * @returns The normalized text.
   */
  normalize(text) {
    return this.normalizers.reduce((t, normalizer) => {
      return normalizer ? normalizer.normalize(t) : t;
    }, text);
  }
};
var Sequence_default = Sequence;
var Replace = class extends Normalizer_default {
  /**
   * @param config The configuration object for the normalizer.
   */
  constructor(config) {
    super(config);
    this.pattern = create_pattern(this.config.pattern ?? {});
  }
  /**
   * Normalize the input text by replacing the pattern with the content.
   * @param text The input text to be normalized.
   * @returns The normalized text after replacing the pattern with the content.
   */
  normalize(text) {
    return this.pattern === null ? text : text.replaceAll(this.pattern, this.config.content ?? "");
  }
};
var Replace_default = Replace;
var UnicodeNormalizer = class extends Normalizer_default {
  constructor() {
    super(...arguments);
    this.form = "NFC";
  }
  /**
   * Normalize the input text by applying Unicode normalization.
   * @param text The input text to be normalized.
   * @returns The normalized text.
   */
  normalize(text) {
    text = text.normalize(this.form);
    return text;
  }
};
var UnicodeNormalizer_default = UnicodeNormalizer;
var NFC = class extends UnicodeNormalizer_default {
  constructor() {
    super(...arguments);
    this.form = "NFC";
  }
};
var NFC_default = NFC;
var NFD = class extends UnicodeNormalizer_default {
  constructor() {
    super(...arguments);
    this.form = "NFD";
  }
};
var NFD_default = NFD;
var NFKC = class extends UnicodeNormalizer_default {
  constructor() {
    super(...arguments);
    this.form = "NFKC";
  }
};
var NFKC_default = NFKC;
var NFKD = class extends UnicodeNormalizer_default {
  constructor() {
    super(...arguments);
    this.form = "NFKD";
  }
};
var NFKD_default = NFKD;
var Strip = class extends Normalizer_default {
  /**
   * Strip leading and/or trailing whitespace from the input text.
   * @param text The input text.
   * @returns The normalized text.
   */
  normalize(text) {
    if (this.config.strip_left && this.config.strip_right) {
      text = text.trim();
    } else {
      if (this.config.strip_left) {
        text = text.trimStart();
      }
      if (this.config.strip_right) {
        text = text.trimEnd();
      }
    }
    return text;
  }
};
var Strip_default = Strip;
var StripAccents = class extends Normalizer_default {
  /**
   * Remove all accents from the text.
   * @param text The input text.
   * @returns The normalized text without accents.
   */
  normalize(text) {
    return remove_accents(text);
  }
};
var StripAccents_default = StripAccents;
var Lowercase = class extends Normalizer_default {
  /**
   * Lowercases the input string.
   * @param {string} text The text to normalize.
   * @returns {string} The normalized text.
   */
  normalize(text) {
    return text.toLowerCase();
  }
};
var Lowercase_default = Lowercase;
var Prepend = class extends Normalizer_default {
  /**
   * Prepends the input string.
   * @param text The text to normalize.
   * @returns The normalized text.
   */
  normalize(text) {
    text = this.config.prepend + text;
    return text;
  }
};
var Prepend_default = Prepend;
function create_normalizer(config) {
  if (config === null) return null;
  switch (config.type) {
    case "BertNormalizer":
      return new BertNormalizer_default(config);
    case "Precompiled":
      return new Precompiled_default(config);
    case "Sequence":
      return new Sequence_default(config);
    case "Replace":
      return new Replace_default(config);
    case "NFC":
      return new NFC_default(config);
    case "NFD":
      return new NFD_default(config);
    case "NFKC":
      return new NFKC_default(config);
    case "NFKD":
      return new NFKD_default(config);
    case "Strip":
      return new Strip_default(config);
    case "StripAccents":
      return new StripAccents_default(config);
    case "Lowercase":
      return new Lowercase_default(config);
    case "Prepend":
      return new Prepend_default(config);
    default:
      throw new Error(`Unknown Normalizer type: ${config.type}`);
  }
}
var create_normalizer_default = create_normalizer;
var PreTokenizer = class extends Callable_default {
  /**
   * Tokenizes the given text into pre-tokens.
   * @param text The text or array of texts to pre-tokenize.
   * @param options Additional options for the pre-tokenization logic.
   * @returns An array of pre-tokens.
   */
  pre_tokenize(text, options) {
    return (Array.isArray(text) ? text.map((x) => this.pre_tokenize_text(x, options)) : this.pre_tokenize_text(text, options)).flat();
  }
  /**
   * Alias for {@link PreTokenizer#pre_tokenize}.
   * @param text The text or array of texts to pre-tokenize.
   * @param options Additional options for the pre-tokenization logic.
   * @returns An array of pre-tokens.
   */
  _call(text, options) {
    return this.pre_tokenize(text, options);
  }
};
var PreTokenizer_default = PreTokenizer;
var BYTES_TO_UNICODE = (() => {
  const bs = [
    ...Array.from(
      { length: "~".charCodeAt(0) - "!".charCodeAt(0) + 1 },
      (_, i) => i + "!".charCodeAt(0)
    ),
    ...Array.from(
      { length: "¬".charCodeAt(0) - "¡".charCodeAt(0) + 1 },
      (_, i) => i + "¡".charCodeAt(0)
    ),
    ...Array.from(
      { length: "ÿ".charCodeAt(0) - "®".charCodeAt(0) + 1 },
      (_, i) => i + "®".charCodeAt(0)
    )
  ];
  const cs = bs.slice();
  let n = 0;
  for (let b = 0; b < 256; ++b) {
    if (!bs.includes(b)) {
      bs.push(b);
      cs.push(256 + n);
      n += 1;
    }
  }
  const ccs = cs.map((n2) => String.fromCharCode(n2));
  return Object.fromEntries(bs.map((b, i) => [b, ccs[i]]));
})();
var reverse_dictionary = (data) => Object.fromEntries(Object.entries(data).map(([key2, value]) => [value, key2]));
var UNICODE_TO_BYTES = reverse_dictionary(BYTES_TO_UNICODE);
var PUNCTUATION_REGEX = "\\p{P}\\u0021-\\u002F\\u003A-\\u0040\\u005B-\\u0060\\u007B-\\u007E";
var ByteLevel = class extends PreTokenizer_default {
  /**
   * Creates a new instance of the `ByteLevelPreTokenizer` class.
   * @param config The configuration object.
   */
  constructor(config) {
    super();
    this.config = config;
    this.add_prefix_space = this.config.add_prefix_space ?? false;
    this.trim_offsets = this.config.trim_offsets ?? false;
    this.use_regex = this.config.use_regex ?? true;
    this.pattern = new RegExp("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", "gu");
    this.byte_encoder = BYTES_TO_UNICODE;
    this.text_encoder = new TextEncoder();
  }
  /**
   * Tokenizes a single piece of text using byte-level tokenization.
   * @param text The text to tokenize.
   * @param options Additional options for the pre-tokenization logic.
   * @returns An array of tokens.
   */
  pre_tokenize_text(text, options) {
    if (this.add_prefix_space && !text.startsWith(" ")) {
      text = " " + text;
    }
    const tokens = this.use_regex ? text.match(this.pattern) || [] : [text];
    return tokens.map(
      (token) => Array.from(
        this.text_encoder.encode(token),
        (byte) => this.byte_encoder[byte]
      ).join("")
    );
  }
};
var ByteLevel_default = ByteLevel;
var Whitespace = class extends PreTokenizer_default {
  /**
   * Pre-tokenizes the input text by splitting it on word boundaries.
   * @param text The text to be pre-tokenized.
   * @param options Additional options for the pre-tokenization logic.
   * @returns An array of tokens produced by splitting the input text on whitespace.
   */
  pre_tokenize_text(text, options) {
    return text.match(/\w+|[^\w\s]+/g) || [];
  }
};
var Whitespace_default = Whitespace;
var Metaspace = class extends PreTokenizer_default {
  /**
   * @param config The configuration object for the MetaspacePreTokenizer.
   */
  constructor(config) {
    super();
    this.replacement = config.replacement ?? "▁";
    this.str_rep = config.str_rep || this.replacement;
    this.prepend_scheme = config.prepend_scheme ?? "always";
  }
  /**
   * This method takes a string, replaces spaces with the replacement character,
   * adds a prefix space if requested, and returns a new list of tokens.
   * @param text The text to pre-tokenize.
   * @param options The options for the pre-tokenization.
   * @returns A new list of pre-tokenized tokens.
   */
  pre_tokenize_text(text, options) {
    const { section_index = void 0 } = options ?? {};
    let normalized = text.replaceAll(" ", this.str_rep);
    if (
      // We add a prefix space if:
      //  (1) The normalized token does not already start with the replacement character.
      !normalized.startsWith(this.replacement) && // and (2) either:
      //  (a) prepend_scheme is 'always'
      //  (b) prepend_scheme is 'first' and this is the first section
      (this.prepend_scheme === "always" || this.prepend_scheme === "first" && section_index === 0)
    ) {
      normalized = this.str_rep + normalized;
    }
    return [normalized];
  }
};
var Metaspace_default = Metaspace;
var Split = class extends PreTokenizer_default {
  /**
   * @param config The configuration options for the pre-tokenizer.
   */
  constructor(config) {
    super();
    this.config = config;
    this.pattern = create_pattern(
      this.config.pattern ?? {},
      this.config.invert ?? true
    );
  }
  /**
   * Tokenizes text by splitting it using the given pattern.
   * @param text The text to tokenize.
   * @returns An array of tokens.
   */
  pre_tokenize_text(text) {
    if (this.pattern === null) {
      return [];
    }
    if (this.config.invert) {
      return (text.match(this.pattern) || []).filter((x) => x);
    } else if (this.config.behavior?.toLowerCase() === "removed") {
      return text.split(this.pattern).filter((x) => x);
    } else {
      return regex_split(text, this.pattern);
    }
  }
};
var Split_default = Split;
var Punctuation = class extends PreTokenizer_default {
  /**
   * @param config The configuration options for the pre-tokenizer.
   */
  constructor(config) {
    super();
    this.config = config;
    this.pattern = new RegExp(
      `[^${PUNCTUATION_REGEX}]+|[${PUNCTUATION_REGEX}]+`,
      "gu"
    );
  }
  /**
   * Tokenizes text by splitting it using the given pattern.
   * @param text The text to tokenize.
   * @returns An array of tokens.
   */
  pre_tokenize_text(text) {
    return text.match(this.pattern) || [];
  }
};
var Punctuation_default = Punctuation;
var Digits = class extends PreTokenizer_default {
  /**
   * @param config The configuration options for the pre-tokenizer.
   */
  constructor(config) {
    super();
    this.config = config;
    const digit_pattern = `[^\\d]+|\\d${this.config.individual_digits ? "" : "+"}`;
    this.pattern = new RegExp(digit_pattern, "gu");
  }
  /**
   * Tokenizes text by splitting it using the given pattern.
   * @param text The text to tokenize.
   * @returns An array of tokens.
   */
  pre_tokenize_text(text) {
    return text.match(this.pattern) || [];
  }
};
var Digits_default = Digits;
var BertPreTokenizer = class extends PreTokenizer_default {
  /**
   * A PreTokenizer that splits text into wordpieces using a basic tokenization scheme
   * similar to that used in the original implementation of BERT.
   */
  constructor() {
    super();
    this.pattern = new RegExp(
      `[^\\s${PUNCTUATION_REGEX}]+|[${PUNCTUATION_REGEX}]`,
      "gu"
    );
  }
  /**
   * Tokenizes a single text using the BERT pre-tokenization scheme.
   *
   * @param text The text to tokenize.
   * @param options Additional options for the pre-tokenization logic.
   * @returns An array of tokens.
   */
  pre_tokenize_text(text, options) {
    return text.trim().match(this.pattern) || [];
  }
};
var BertPreTokenizer_default = BertPreTokenizer;
var Replace2 = class extends PreTokenizer_default {
  /**
   * @param config The configuration options for the pre-tokenizer.
   */
  constructor(config) {
    super();
    this.config = config;
    this.pattern = create_pattern(this.config.pattern ?? {});
    this.content = this.config.content ?? "";
  }
  /**
   * Pre-tokenizes the input text by replacing certain characters.
   * @param text The text to be pre-tokenized.
   * @returns An array of tokens produced by replacing certain characters.
   */
  pre_tokenize_text(text) {
    if (this.pattern === null) {
      return [text];
    }
    return [text.replaceAll(this.pattern, this.config.content ?? "")];
  }
};
var Replace_default2 = Replace2;
var Sequence2 = class extends PreTokenizer_default {
  /**
   * Creates an instance of PreTokenizerSequence.
   * @param config The configuration object for the pre-tokenizer sequence.
   */
  constructor(config) {
    super();
    this.tokenizers = (config.pretokenizers ?? []).map(
      (x) => create_pre_tokenizer_default(x)
    );
  }
  /**
   * Applies each pre-tokenizer in the sequence to the input text in turn.
   * @param text The text to pre-tokenize.
   * @param options Additional options for the pre-tokenization logic.
   * @returns The pre-tokenized text.
   */
  pre_tokenize_text(text, options) {
    return this.tokenizers.reduce(
      (pre_tokenized_text, tokenizer) => {
        return tokenizer ? tokenizer.pre_tokenize(pre_tokenized_text, options) : pre_tokenized_text;
      },
      [text]
    );
  }
};
var Sequence_default2 = Sequence2;
var WhitespaceSplit = class extends PreTokenizer_default {
  /**
   * Pre-tokenizes the input text by splitting it on whitespace characters.
   * @param text The text to be pre-tokenized.
   * @returns An array of tokens produced by splitting the input text on whitespace.
   */
  pre_tokenize_text(text) {
    return whitespace_split(text);
  }
};
var WhitespaceSplit_default = WhitespaceSplit;
var FixedLength = class extends PreTokenizer_default {
  /**
   * @param config The configuration options for the pre-tokenizer.
   */
  constructor(config) {
    super();
    this.config = config;
    this._length = config.length;
  }
  /**
   * Pre-tokenizes the input text by splitting it into fixed-length tokens.
   * @param text The text to be pre-tokenized.
   * @returns An array of tokens produced by splitting the input text into fixed-length tokens.
   */
  pre_tokenize_text(text) {
    const tokens = [];
    for (let i = 0; i < text.length; i += this._length) {
      tokens.push(text.slice(i, i + this._length));
    }
    return tokens;
  }
};
var FixedLength_default = FixedLength;
function create_pre_tokenizer(config) {
  if (config === null) return null;
  switch (config.type) {
    case "BertPreTokenizer":
      return new BertPreTokenizer_default();
    case "Sequence":
      return new Sequence_default2(config);
    case "Whitespace":
      return new Whitespace_default();
    case "WhitespaceSplit":
      return new WhitespaceSplit_default();
    case "Metaspace":
      return new Metaspace_default(config);
    case "ByteLevel":
      return new ByteLevel_default(config);
    case "Split":
      return new Split_default(config);
    case "Punctuation":
      return new Punctuation_default(config);
    case "Digits":
      return new Digits_default(config);
    case "Replace":
      return new Replace_default2(config);
    case "FixedLength":
      return new FixedLength_default(config);
    default:
      throw new Error(`Unknown PreTokenizer type: ${config.type}`);
  }
}
var create_pre_tokenizer_default = create_pre_tokenizer;
var TokenizerModel = class extends Callable_default {
  /**
   * Creates a new instance of TokenizerModel.
   * @param config The configuration object for the TokenizerModel.
   */
  constructor(config) {
    super();
    this.config = config;
    this.vocab = [];
    this.tokens_to_ids = /* @__PURE__ */ new Map();
    this.unk_token_id = void 0;
    this.unk_token = void 0;
    this.end_of_word_suffix = void 0;
    this.fuse_unk = this.config.fuse_unk ?? false;
  }
  /**
   * Internal function to call the TokenizerModel instance.
   * @param tokens The tokens to encode.
   * @returns The encoded tokens.
   */
  _call(tokens) {
    let result = this.encode(tokens);
    if (this.fuse_unk) {
      result = fuse_unk(result, this.tokens_to_ids, this.unk_token_id);
    }
    return result;
  }
};
var TokenizerModel_default = TokenizerModel;
var WordPieceTokenizer = class extends TokenizerModel_default {
  /**
   * @param config The configuration object.
   */
  constructor(config) {
    super(config);
    this.max_input_chars_per_word = 100;
    this.tokens_to_ids = object_to_map(config.vocab);
    this.unk_token_id = this.tokens_to_ids.get(config.unk_token);
    this.unk_token = config.unk_token;
    this.max_input_chars_per_word = config.max_input_chars_per_word ?? 100;
    this.vocab = new Array(this.tokens_to_ids.size);
    for (const [key2, value] of this.tokens_to_ids) {
      this.vocab[value] = key2;
    }
  }
  /**
   * Encodes an array of tokens using WordPiece encoding.
   * @param tokens The tokens to encode.
   * @returns An array of encoded tokens.
   */
  encode(tokens) {
    const output_tokens = [];
    for (const token of tokens) {
      const chars = [...token];
      if (chars.length > this.max_input_chars_per_word) {
        output_tokens.push(this.unk_token);
        continue;
      }
      let is_unknown = false;
      let start = 0;
      const sub_tokens = [];
      while (start < chars.length) {
        let end2 = chars.length;
        let current_substring = null;
        while (start < end2) {
          let substr = chars.slice(start, end2).join("");
          if (start > 0) {
            substr = this.config.continuing_subword_prefix + substr;
          }
          if (this.tokens_to_ids.has(substr)) {
            current_substring = substr;
            break;
          }
          --end2;
        }
        if (current_substring === null) {
          is_unknown = true;
          break;
        }
        sub_tokens.push(current_substring);
        start = end2;
      }
      if (is_unknown) {
        output_tokens.push(this.unk_token);
      } else {
        output_tokens.push(...sub_tokens);
      }
    }
    return output_tokens;
  }
};
var WordPiece_default = WordPieceTokenizer;
var CharTrieNode = class _CharTrieNode {
  /**
   * Create a new CharTrieNode.
   * @param is_leaf Whether the node is a leaf node or not.
   * @param children A map containing the node's children, where the key is a character and the value is a `CharTrieNode`.
   */
  constructor(is_leaf, children) {
    this.is_leaf = is_leaf;
    this.children = children;
  }
  /**
   * Returns a new `CharTrieNode` instance with default values.
   * @returns A new `CharTrieNode` instance with `is_leaf` set to `false` and an empty `children` map.
   */
  static default() {
    return new _CharTrieNode(false, /* @__PURE__ */ new Map());
  }
};
var CharTrie = class {
  constructor() {
    this.root = CharTrieNode.default();
  }
  /**
   * Adds one or more `texts` to the trie.
   * @param texts The strings to add to the trie.
   */
  extend(texts) {
    for (const text of texts) {
      this.push(text);
    }
  }
  /**
   * Adds text to the trie.
   * @param text The string to add to the trie.
   */
  push(text) {
    let node = this.root;
    for (const ch of text) {
      let child = node.children.get(ch);
      if (child === void 0) {
        child = CharTrieNode.default();
        node.children.set(ch, child);
      }
      node = child;
    }
    node.is_leaf = true;
  }
  /**
   * Searches the trie for stored strings that match `chars` starting at `start`.
   * @param chars The input characters to search.
   * @param start The index to start searching from.
   * @yields Each stored string that is a prefix of `chars` starting at `start`.
   */
  *common_prefix_search(chars, start = 0) {
    let node = this.root;
    if (node === void 0) return;
    let prefix = "";
    for (let i = start; i < chars.length; ++i) {
      const ch = chars[i];
      prefix += ch;
      node = node.children.get(ch);
      if (node === void 0) return;
      if (node.is_leaf) {
        yield prefix;
      }
    }
  }
};
var CharTrie_default = CharTrie;
var TokenLatticeNode = class _TokenLatticeNode {
  /**
   * Represents a node in a token lattice for a given sentence.
   * @param token_id The ID of the token associated with this node.
   * @param node_id The ID of this node.
   * @param pos The starting position of the token in the sentence.
   * @param length The length of the token.
   * @param score The score associated with the token.
   */
  constructor(token_id, node_id, pos, length, score2) {
    this.token_id = token_id;
    this.node_id = node_id;
    this.pos = pos;
    this.length = length;
    this.score = score2;
    this.prev = null;
    this.backtrace_score = 0;
  }
  /**
   * Returns a clone of this node.
   * @returns A clone of this node.
   */
  clone() {
    const n = new _TokenLatticeNode(
      this.token_id,
      this.node_id,
      this.pos,
      this.length,
      this.score
    );
    n.prev = this.prev;
    n.backtrace_score = this.backtrace_score;
    return n;
  }
};
var TokenLattice = class {
  /**
   * Creates a new TokenLattice instance.
   *
   * @param sentence The input sentence to be tokenized.
   * @param bos_token_id The beginning-of-sequence token ID.
   * @param eos_token_id The end-of-sequence token ID.
   */
  constructor(sentence, bos_token_id, eos_token_id) {
    this.chars = Array.from(sentence);
    this.len = this.chars.length;
    this.bos_token_id = bos_token_id;
    this.eos_token_id = eos_token_id;
    this.nodes = [];
    this.begin_nodes = Array.from(
      { length: this.len + 1 },
      () => []
    );
    this.end_nodes = Array.from({ length: this.len + 1 }, () => []);
    const bos = new TokenLatticeNode(this.bos_token_id ?? 0, 0, 0, 0, 0);
    const eos = new TokenLatticeNode(
      this.eos_token_id ?? 0,
      1,
      this.len,
      0,
      0
    );
    this.nodes.push(bos.clone());
    this.nodes.push(eos.clone());
    this.begin_nodes[this.len].push(eos);
    this.end_nodes[0].push(bos);
  }
  /**
   * Inserts a new token node into the token lattice.
   *
   * @param pos The starting position of the token.
   * @param length The length of the token.
   * @param score The score of the token.
   * @param token_id The token ID of the token.
   */
  insert(pos, length, score2, token_id) {
    const node_id = this.nodes.length;
    const node = new TokenLatticeNode(token_id, node_id, pos, length, score2);
    this.begin_nodes[pos].push(node);
    this.end_nodes[pos + length].push(node);
    this.nodes.push(node);
  }
  /**
   * Implements the Viterbi algorithm to compute the most likely sequence of tokens.
   *
   * @returns The most likely sequence of tokens.
   */
  viterbi() {
    const len2 = this.len;
    let pos = 0;
    while (pos <= len2) {
      if (this.begin_nodes[pos].length == 0) {
        return [];
      }
      for (let rnode of this.begin_nodes[pos]) {
        rnode.prev = null;
        let best_score = 0;
        let best_node = null;
        for (let lnode of this.end_nodes[pos]) {
          const score2 = lnode.backtrace_score + rnode.score;
          if (best_node === null || score2 > best_score) {
            best_node = lnode.clone();
            best_score = score2;
          }
        }
        if (best_node !== null) {
          rnode.prev = best_node;
          rnode.backtrace_score = best_score;
        } else {
          return [];
        }
      }
      ++pos;
    }
    const results = [];
    const root = this.begin_nodes[len2][0];
    const prev = root.prev;
    if (prev === null) {
      return [];
    }
    let node = prev.clone();
    while (node.prev !== null) {
      results.push(node.clone());
      const n = node.clone();
      node = n.prev.clone();
    }
    results.reverse();
    return results;
  }
  /**
   * Get the text piece for a given node.
   * @param node The node to get the piece for.
   * @returns The array of nodes representing the most likely sequence of tokens.
   */
  piece(node) {
    return this.chars.slice(node.pos, node.pos + node.length).join("");
  }
  /**
   * @returns The most likely sequence of tokens.
   */
  tokens() {
    const nodes = this.viterbi();
    return nodes.map((x) => this.piece(x));
  }
  /**
   * @returns The most likely sequence of token ids.
   */
  token_ids() {
    const nodes = this.viterbi();
    return nodes.map((x) => x.token_id);
  }
};
var TokenLattice_default = TokenLattice;
function min(arr) {
  if (arr.length === 0) throw new Error("Array must not be empty");
  let min_value = arr[0];
  let index_of_min = 0;
  for (let i = 1; i < arr.length; ++i) {
    if (arr[i] < min_value) {
      min_value = arr[i];
      index_of_min = i;
    }
  }
  return [min_value, index_of_min];
}
var Unigram = class extends TokenizerModel_default {
  /**
   * Create a new Unigram tokenizer model.
   * @param config The configuration object for the Unigram model.
   * @param eos_token
   */
  constructor(config, eos_token) {
    super(config);
    const vocab_size = config.vocab.length;
    this.vocab = new Array(vocab_size);
    this.scores = new Array(vocab_size);
    for (let i = 0; i < vocab_size; ++i) {
      [this.vocab[i], this.scores[i]] = config.vocab[i];
    }
    this.unk_token_id = config.unk_id;
    this.unk_token = this.vocab[config.unk_id];
    this.tokens_to_ids = new Map(this.vocab.map((x, i) => [x, i]));
    this.bos_token = " ";
    this.bos_token_id = this.tokens_to_ids.get(this.bos_token);
    this.eos_token = eos_token;
    this.eos_token_id = this.tokens_to_ids.get(this.eos_token);
    this.unk_token = this.vocab[this.unk_token_id];
    this.min_score = min(this.scores)[0];
    this.unk_score = this.min_score - 10;
    this.scores[this.unk_token_id] = this.unk_score;
    this.trie = new CharTrie_default();
    this.trie.extend(this.vocab);
    this.fuse_unk = true;
  }
  /**
   * Populates lattice nodes.
   * @param lattice The token lattice to populate with nodes.
   */
  populate_nodes(lattice) {
    const chars = lattice.chars;
    const mblen = 1;
    let begin_pos = 0;
    while (begin_pos < chars.length) {
      let has_single_node = false;
      const prefixed_tokens = this.trie.common_prefix_search(chars, begin_pos);
      for (const token of prefixed_tokens) {
        const token_id = this.tokens_to_ids.get(token);
        const token_score = this.scores[token_id];
        const n = len(token);
        lattice.insert(begin_pos, n, token_score, token_id);
        if (!has_single_node && n === mblen) {
          has_single_node = true;
        }
      }
      if (!has_single_node) {
        lattice.insert(begin_pos, mblen, this.unk_score, this.unk_token_id);
      }
      begin_pos += mblen;
    }
  }
  /**
   * Encodes an array of tokens into an array of subtokens using the unigram model.
   *
   * @param normalized The normalized string.
   * @returns An array of subtokens obtained by encoding the input tokens using the unigram model.
   */
  tokenize(normalized) {
    const lattice = new TokenLattice_default(
      normalized,
      this.bos_token_id,
      this.eos_token_id
    );
    this.populate_nodes(lattice);
    return lattice.tokens();
  }
  /**
   * Encodes an array of tokens using Unigram encoding.
   * @param tokens The tokens to encode.
   * @returns An array of encoded tokens.
   */
  encode(tokens) {
    const to_return = [];
    for (const token of tokens) {
      const tokenized = this.tokenize(token);
      to_return.push(...tokenized);
    }
    return to_return;
  }
};
var Unigram_default = Unigram;
var PriorityQueue = class {
  /**
   * Create a new PriorityQueue.
   * @param comparator Comparator function to determine priority. Defaults to a MaxHeap.
   * @param max_size Maximum size of the queue. Defaults to Infinity.
   */
  constructor(comparator = (a, b) => a > b, max_size = Infinity) {
    this._heap = [];
    this._comparator = comparator;
    this._max_size = max_size;
  }
  /**
   * The size of the queue
   */
  get size() {
    return this._heap.length;
  }
  /**
   * Check if the queue is empty.
   * @returns `true` if the queue is empty, `false` otherwise.
   */
  is_empty() {
    return this.size === 0;
  }
  /**
   * Return the element with the highest priority in the queue.
   * @returns The highest priority element in the queue.
   */
  peek() {
    return this._heap[0];
  }
  /**
   * Add one or more elements to the queue.
   * @param values The values to push into the queue.
   * @returns The new size of the queue.
   */
  push(...values) {
    return this.extend(values);
  }
  /**
   * Add multiple elements to the queue.
   * @param values The values to push into the queue.
   * @returns The new size of the queue.
   */
  extend(values) {
    for (const value of values) {
      if (this.size < this._max_size) {
        this._heap.push(value);
        this._sift_up();
      } else {
        const smallest = this._smallest();
        if (this._comparator(value, this._heap[smallest])) {
          this._heap[smallest] = value;
          this._sift_up_from(smallest);
        }
      }
    }
    return this.size;
  }
  /**
   * Remove and return the element with the highest priority in the queue.
   * @returns The element with the highest priority in the queue.
   */
  pop() {
    const popped_value = this.peek();
    const bottom = this.size - 1;
    if (bottom > 0) {
      this._swap(0, bottom);
    }
    this._heap.pop();
    this._sift_down();
    return popped_value;
  }
  /**
   * Replace the element with the highest priority in the queue with a new value.
   * @param value The new value.
   * @returns The replaced value.
   */
  replace(value) {
    const replaced_value = this.peek();
    this._heap[0] = value;
    this._sift_down();
    return replaced_value;
  }
  /**
   * Compute the index for the parent of the node at index `i`.
   * @param i The index of the node to get the parent of.
   * @returns The index of the parent node.
   * @private
   */
  _parent(i) {
    return (i + 1 >>> 1) - 1;
  }
  /**
   * Compute the index for the left child of the node at index `i`.
   * @param i The index of the node to get the left child of.
   * @returns The index of the left child.
   * @private
   */
  _left(i) {
    return (i << 1) + 1;
  }
  /**
   * Compute the index for the right child of the node at index `i`.
   * @param i The index of the node to get the right child of.
   * @returns The index of the right child.
   * @private
   */
  _right(i) {
    return i + 1 << 1;
  }
  /**
   * Check if the element at index `i` is greater than the element at index `j`.
   * @param i The index of the first element to compare.
   * @param j The index of the second element to compare.
   * @returns `true` if the element at index `i` is greater than the element at index `j`, `false` otherwise.
   * @private
   */
  _greater(i, j) {
    return this._comparator(this._heap[i], this._heap[j]);
  }
  /**
   * Swap the elements at indices `i` and `j`.
   * @param i The index of the first element to swap.
   * @param j The index of the second element to swap.
   * @private
   */
  _swap(i, j) {
    const temp = this._heap[i];
    this._heap[i] = this._heap[j];
    this._heap[j] = temp;
  }
  /**
   * Maintain the heap property by updating positions in the heap,
   * starting at the last element and moving up the heap.
   * @private
   */
  _sift_up() {
    this._sift_up_from(this.size - 1);
  }
  /**
   * Helper function to sift up from a given node.
   * @param node The index of the node to start sifting up from.
   */
  _sift_up_from(node) {
    while (node > 0 && this._greater(node, this._parent(node))) {
      this._swap(node, this._parent(node));
      node = this._parent(node);
    }
  }
  /**
   * Maintain the heap property by updating positions in the heap,
   * starting at the first element and moving down the heap.
   * @private
   */
  _sift_down() {
    let node = 0;
    while (this._left(node) < this.size && this._greater(this._left(node), node) || this._right(node) < this.size && this._greater(this._right(node), node)) {
      const max_child = this._right(node) < this.size && this._greater(this._right(node), this._left(node)) ? this._right(node) : this._left(node);
      this._swap(node, max_child);
      node = max_child;
    }
  }
  /**
   * Get the index of the smallest element in the heap. Since we use an array-based heap,
   * the index can be computed without needing to traverse the heap.
   * @private
   */
  _smallest() {
    return 2 ** Math.floor(Math.log2(this.size)) - 1;
  }
};
var PriorityQueue_default = PriorityQueue;
var LRUCache = class {
  /**
   * Creates an LRUCache instance.
   * @param capacity The maximum number of items the cache can hold.
   */
  constructor(capacity) {
    this.capacity = capacity;
    this.cache = /* @__PURE__ */ new Map();
  }
  /**
   * Retrieves the value associated with the given key and marks the key as recently used.
   * @param key The key to retrieve.
   * @returns The value associated with the key, or undefined if the key does not exist.
   */
  get(key2) {
    if (!this.cache.has(key2)) return void 0;
    const value = this.cache.get(key2);
    this.cache.delete(key2);
    this.cache.set(key2, value);
    return value;
  }
  /**
   * Inserts or updates the key-value pair in the cache.
   * If the key already exists, it is updated and marked as recently used.
   * If the cache exceeds its capacity, the least recently used item is evicted.
   * @param key The key to add or update.
   * @param value The value to associate with the key.
   */
  put(key2, value) {
    if (this.cache.has(key2)) {
      this.cache.delete(key2);
    }
    this.cache.set(key2, value);
    if (this.cache.size > this.capacity) {
      this.cache.delete(this.cache.keys().next().value);
    }
  }
  /**
   * Clears the cache.
   */
  clear() {
    this.cache.clear();
  }
};
var LRUCache_default = LRUCache;
var BPE = class extends TokenizerModel_default {
  /**
   * Create a BPE instance.
   * @param config The configuration object for BPE.
   */
  constructor(config) {
    super(config);
    this.tokens_to_ids = object_to_map(config.vocab);
    this.unk_token_id = this.tokens_to_ids.get(config.unk_token);
    this.unk_token = config.unk_token;
    this.vocab = new Array(this.tokens_to_ids.size);
    for (const [key2, value] of this.tokens_to_ids) {
      this.vocab[value] = key2;
    }
    const use_new_merge_format = Array.isArray(config.merges[0]);
    this.merges = use_new_merge_format ? config.merges : config.merges.map(
      (x) => x.split(" ", 2)
    );
    this.bpe_ranks = new Map(this.merges.map((x, i) => [JSON.stringify(x), i]));
    this.end_of_word_suffix = config.end_of_word_suffix;
    this.continuing_subword_suffix = config.continuing_subword_suffix ?? null;
    this.byte_fallback = this.config.byte_fallback ?? false;
    if (this.byte_fallback) {
      this.text_encoder = new TextEncoder();
    }
    this.ignore_merges = this.config.ignore_merges ?? false;
    this.max_length_to_cache = 256;
    this.cache_capacity = 1e4;
    this.cache = new LRUCache_default(this.cache_capacity);
  }
  /**
   * Clears the cache.
   */
  clear_cache() {
    this.cache.clear();
  }
  /**
   * Apply Byte-Pair-Encoding (BPE) to a given token. Efficient heap-based priority
   * queue implementation adapted from https://github.com/belladoreai/llama-tokenizer-js.
   * @param token The token to encode.
   * @returns The BPE encoded tokens.
   */
  bpe(token) {
    if (token.length === 0) {
      return [];
    }
    const cached = this.cache.get(token);
    if (cached !== void 0) {
      return cached;
    }
    const word = Array.from(token);
    if (this.end_of_word_suffix) {
      word[word.length - 1] += this.end_of_word_suffix;
    }
    let result = [];
    if (word.length > 1) {
      const queue = new PriorityQueue_default((a, b) => a.score < b.score);
      let starting_node = {
        token: word[0],
        bias: 0,
        prev: null,
        next: null
      };
      let previous_node = starting_node;
      for (let i = 1; i < word.length; ++i) {
        const current_node = {
          bias: i / word.length,
          // Add fractional component to break ties
          token: word[i],
          prev: previous_node,
          next: null
        };
        previous_node.next = current_node;
        this.add_node(queue, previous_node);
        previous_node = current_node;
      }
      while (!queue.is_empty()) {
        const node = queue.pop();
        if (node.deleted || !node.next || node.next.deleted) continue;
        node.deleted = true;
        node.next.deleted = true;
        if (node.prev) {
          const new_previous_node = { ...node.prev };
          node.prev.deleted = true;
          node.prev = new_previous_node;
          if (new_previous_node.prev) {
            new_previous_node.prev.next = new_previous_node;
          } else {
            starting_node = new_previous_node;
          }
        }
        const merged = {
          token: node.token + node.next.token,
          bias: node.bias,
          prev: node.prev,
          next: node.next.next
        };
        if (merged.prev) {
          merged.prev.next = merged;
          this.add_node(queue, merged.prev);
        } else {
          starting_node = merged;
        }
        if (merged.next) {
          merged.next.prev = merged;
          this.add_node(queue, merged);
        }
      }
      for (let current_node = starting_node; current_node !== null; current_node = current_node.next) {
        result.push(current_node.token);
      }
    } else {
      result = word;
    }
    if (this.continuing_subword_suffix) {
      for (let i = 0; i < result.length - 1; ++i) {
        result[i] += this.continuing_subword_suffix;
      }
    }
    if (token.length < this.max_length_to_cache) {
      this.cache.put(token, result);
    }
    return result;
  }
  /**
   * Helper function to add a node to the priority queue.
   * @param queue
   * @param node
   */
  add_node(queue, node) {
    const rank4 = this.bpe_ranks.get(
      JSON.stringify([node.token, node.next.token])
    );
    if (rank4 !== void 0) {
      node.score = rank4 + node.bias;
      queue.push(node);
    }
  }
  /**
   * Encodes the input sequence of tokens using the BPE algorithm and returns the resulting subword tokens.
   * @param tokens The input sequence of tokens to encode.
   * @returns The resulting subword tokens after applying the BPE algorithm to the input sequence of tokens.
   */
  encode(tokens) {
    const output_tokens = [];
    for (const token of tokens) {
      if (this.ignore_merges && this.tokens_to_ids.has(token)) {
        output_tokens.push(token);
        continue;
      }
      const bpe_token_list = this.bpe(token);
      for (const t of bpe_token_list) {
        if (this.tokens_to_ids.has(t)) {
          output_tokens.push(t);
        } else if (this.byte_fallback) {
          const byte_tokens = Array.from(this.text_encoder.encode(t)).map(
            (x) => `<0x${x.toString(16).toUpperCase().padStart(2, "0")}>`
          );
          if (byte_tokens.every((x) => this.tokens_to_ids.has(x))) {
            output_tokens.push(...byte_tokens);
          } else if (this.unk_token != null) {
            output_tokens.push(this.unk_token);
          }
        } else if (this.unk_token != null) {
          output_tokens.push(this.unk_token);
        }
      }
    }
    return output_tokens;
  }
};
var BPE_default = BPE;
var Legacy = class extends TokenizerModel_default {
  /**
   * Create a Legacy tokenizer model instance.
   * @param config The configuration object for Legacy tokenizer model.
   * @param more_config Additional configuration object for the Legacy tokenizer model.
   */
  constructor(config, more_config) {
    super(config);
    const vocab = config.vocab;
    this.tokens_to_ids = object_to_map(
      more_config.target_lang ? vocab[more_config.target_lang] : vocab
    );
    this.bos_token = more_config.bos_token;
    this.bos_token_id = this.tokens_to_ids.get(this.bos_token);
    this.eos_token = more_config.eos_token;
    this.eos_token_id = this.tokens_to_ids.get(this.eos_token);
    this.pad_token = more_config.pad_token;
    this.pad_token_id = this.tokens_to_ids.get(this.pad_token);
    this.unk_token = more_config.unk_token;
    this.unk_token_id = this.tokens_to_ids.get(this.unk_token);
    this.vocab = new Array(this.tokens_to_ids.size);
    for (const [key2, value] of this.tokens_to_ids) {
      this.vocab[value] = key2;
    }
  }
  encode(tokens) {
    return tokens;
  }
};
var Legacy_default = Legacy;
function create_tokenizer_model(model_config, config) {
  switch (model_config.type) {
    case "WordPiece":
      return new WordPiece_default(model_config);
    case "Unigram":
      return new Unigram_default(model_config, config.eos_token);
    case "BPE":
      return new BPE_default(model_config);
    default:
      if (model_config.vocab) {
        if (Array.isArray(model_config.vocab)) {
          return new Unigram_default(model_config, config.eos_token);
        } else if (Object.hasOwn(model_config, "continuing_subword_prefix") && Object.hasOwn(model_config, "unk_token")) {
          if (Object.hasOwn(model_config, "merges")) {
            return new BPE_default(model_config);
          } else {
            return new WordPiece_default(model_config);
          }
        } else {
          return new Legacy_default(model_config, {
            target_lang: config.target_lang,
            bos_token: config.bos_token,
            eos_token: config.eos_token,
            pad_token: config.pad_token,
            unk_token: config.unk_token
          });
        }
      }
      throw new Error(
        `Unknown TokenizerModel type: ${model_config?.type}`
      );
  }
}
var create_tokenizer_model_default = create_tokenizer_model;
var PostProcessor = class extends Callable_default {
  /**
   * @param config The configuration for the post-processor.
   */
  constructor(config) {
    super();
    this.config = config;
  }
  /**
   * Alias for {@link PostProcessor#post_process}.
   * @param tokens The text or array of texts to post-process.
   * @param args Additional arguments required by the post-processing logic.
   * @returns The post-processed tokens.
   */
  _call(tokens, ...args) {
    return this.post_process(tokens, ...args);
  }
};
var PostProcessor_default = PostProcessor;
var TemplateProcessing = class extends PostProcessor_default {
  /**
   * Replaces special tokens in the template with actual tokens.
   * @param tokens The list of tokens for the first sequence.
   * @param tokens_pair The list of tokens for the second sequence (optional).
   * @param add_special_tokens Whether to add the special tokens to the beginning and end of the input.
   * @returns An object containing the list of tokens with the special tokens replaced with actual tokens.
   */
  post_process(tokens, tokens_pair = null, add_special_tokens = true) {
    const type2 = tokens_pair === null ? this.config.single : this.config.pair;
    let processed_tokens = [];
    let types = [];
    for (const item of type2) {
      if ("SpecialToken" in item) {
        if (add_special_tokens) {
          processed_tokens.push(item.SpecialToken.id);
          types.push(item.SpecialToken.type_id);
        }
      } else if ("Sequence" in item) {
        if (item.Sequence.id === "A") {
          processed_tokens = merge_arrays(processed_tokens, tokens);
          types = merge_arrays(
            types,
            new Array(tokens.length).fill(item.Sequence.type_id)
          );
        } else if (item.Sequence.id === "B") {
          processed_tokens = merge_arrays(processed_tokens, tokens_pair);
          types = merge_arrays(
            types,
            new Array(tokens_pair.length).fill(item.Sequence.type_id)
          );
        }
      }
    }
    return { tokens: processed_tokens, token_type_ids: types };
  }
};
var TemplateProcessing_default = TemplateProcessing;
var ByteLevel2 = class extends PostProcessor_default {
  /**
   * Post process the given tokens.
   * @param tokens The list of tokens for the first sequence.
   * @param tokens_pair The list of tokens for the second sequence (optional).
   * @returns An object containing the post-processed tokens.
   */
  post_process(tokens, tokens_pair = null) {
    return { tokens, tokens_pair };
  }
};
var ByteLevel_default2 = ByteLevel2;
var BertProcessing = class extends PostProcessor_default {
  /**
   * @param config The configuration for the post-processor.
   * @param config.cls The special tokens to add to the beginning of the input.
   * @param config.sep The special tokens to add to the end of the input.
   */
  constructor(config) {
    super(config);
    this.sep = config.sep;
    this.cls = config.cls;
  }
  /**
   * Adds the special tokens to the beginning and end of the input.
   * @param tokens The input tokens.
   * @param tokens_pair An optional second set of input tokens.
   * @param add_special_tokens Whether to add the special tokens to the beginning and end of the input.
   * @returns The post-processed tokens with the special tokens added to the beginning and end.
   */
  post_process(tokens, tokens_pair = null, add_special_tokens = true) {
    if (add_special_tokens) {
      tokens = merge_arrays([this.cls[0]], tokens, [this.sep[0]]);
    }
    let token_type_ids = new Array(tokens.length).fill(0);
    if (tokens_pair) {
      const middle = [];
      const after = add_special_tokens ? [this.sep[0]] : [];
      tokens = merge_arrays(tokens, middle, tokens_pair, after);
      token_type_ids = merge_arrays(
        token_type_ids,
        new Array(tokens_pair.length + middle.length + after.length).fill(1)
      );
    }
    return { tokens, token_type_ids };
  }
};
var BertProcessing_default = BertProcessing;
var RobertaProcessing = class extends PostProcessor_default {
  /**
   * @param config The configuration for the post-processor.
   * @param config.cls The special tokens to add to the beginning of the input.
   * @param config.sep The special tokens to add to the end of the input.
   */
  constructor(config) {
    super(config);
    this.sep = config.sep;
    this.cls = config.cls;
  }
  /**
   * Adds the special tokens to the beginning and end of the input.
   * @param tokens The input tokens.
   * @param tokens_pair An optional second set of input tokens.
   * @param add_special_tokens Whether to add the special tokens to the beginning and end of the input.
   * @returns The post-processed tokens with the special tokens added to the beginning and end.
   */
  post_process(tokens, tokens_pair, add_special_tokens = true) {
    if (add_special_tokens) {
      tokens = merge_arrays([this.cls[0]], tokens, [this.sep[0]]);
    }
    let token_type_ids = new Array(tokens.length).fill(0);
    if (tokens_pair) {
      const middle = add_special_tokens ? [this.sep[0]] : [];
      const after = add_special_tokens ? [this.sep[0]] : [];
      tokens = merge_arrays(tokens, middle, tokens_pair, after);
      token_type_ids = merge_arrays(
        token_type_ids,
        new Array(tokens_pair.length + middle.length + after.length).fill(1)
      );
    }
    return { tokens, token_type_ids };
  }
};
var RobertaProcessing_default = RobertaProcessing;
var Sequence3 = class extends PostProcessor_default {
  /**
   * Creates a new instance of Sequence post-processor.
   * @param config The configuration object.
   */
  constructor(config) {
    super(config);
    this.processors = (config.processors ?? []).map((x) => create_post_processor_default(x));
  }
  /**
   * Post process the given tokens.
   * @param tokens The list of tokens for the first sequence.
   * @param tokens_pair The list of tokens for the second sequence (optional).
   * @param add_special_tokens Whether to add the special tokens to the beginning and end of the input.
   * @returns An object containing the post-processed tokens.
   */
  post_process(tokens, tokens_pair = null, add_special_tokens = true) {
    let processed_tokens = { tokens, tokens_pair };
    for (const processor of this.processors) {
      processed_tokens = processor.post_process(
        processed_tokens.tokens,
        processed_tokens.tokens_pair,
        add_special_tokens
      );
    }
    return processed_tokens;
  }
};
var Sequence_default3 = Sequence3;
function create_post_processor(config) {
  if (config === null) return null;
  switch (config.type) {
    case "TemplateProcessing":
      return new TemplateProcessing_default(config);
    case "ByteLevel":
      return new ByteLevel_default2(config);
    case "BertProcessing":
      return new BertProcessing_default(config);
    case "RobertaProcessing":
      return new RobertaProcessing_default(config);
    case "Sequence":
      return new Sequence_default3(config);
    default:
      throw new Error(`Unknown PostProcessor type: ${config.type}`);
  }
}
var create_post_processor_default = create_post_processor;
var Decoder = class extends Callable_default {
  /**
   * Creates an instance of `Decoder`.
   * @param config The configuration object.
   **/
  constructor(config) {
    super();
    this.config = config;
    this.added_tokens = [];
    this.end_of_word_suffix = null;
    this.trim_offsets = "trim_offsets" in config ? config.trim_offsets : false;
  }
  /**
   * Calls the `decode` method.
   *
   * @param tokens The list of tokens.
   * @returns The decoded string.
   */
  _call(tokens) {
    return this.decode(tokens);
  }
  /**
   * Decodes a list of tokens.
   * @param tokens The list of tokens.
   * @returns The decoded string.
   */
  decode(tokens) {
    return this.decode_chain(tokens).join("");
  }
};
var Decoder_default = Decoder;
var ByteLevel3 = class extends Decoder_default {
  /**
   * Create a `ByteLevelDecoder` object.
   */
  constructor(config) {
    super(config);
    this.byte_decoder = UNICODE_TO_BYTES;
    this.text_decoder = new TextDecoder("utf-8", {
      fatal: false,
      // eslint-disable-next-line @typescript-eslint/naming-convention
      ignoreBOM: true
    });
    this.end_of_word_suffix = null;
  }
  /**
   * Convert an array of tokens to string by decoding each byte.
   * @param tokens Array of tokens to be decoded.
   * @returns The decoded string.
   */
  convert_tokens_to_string(tokens) {
    const text = tokens.join("");
    const byte_array = new Uint8Array(
      [...text].map((c) => this.byte_decoder[c])
    );
    return this.text_decoder.decode(byte_array);
  }
  decode_chain(tokens) {
    const sub_texts = [];
    let current_sub_text = [];
    for (const token of tokens) {
      if (this.added_tokens.find((x) => x.content === token) !== void 0) {
        if (current_sub_text.length > 0) {
          sub_texts.push(this.convert_tokens_to_string(current_sub_text));
          current_sub_text = [];
        }
        sub_texts.push(token);
      } else {
        current_sub_text.push(token);
      }
    }
    if (current_sub_text.length > 0) {
      sub_texts.push(this.convert_tokens_to_string(current_sub_text));
    }
    return sub_texts;
  }
};
var ByteLevel_default3 = ByteLevel3;
var WordPiece = class extends Decoder_default {
  /**
   * Creates a new instance of WordPieceDecoder.
   * @param config The configuration object.
   */
  constructor(config) {
    super(config);
    this.cleanup = config.cleanup;
  }
  decode_chain(tokens) {
    return tokens.map((token, i) => {
      if (i !== 0) {
        const prefix = this.config.prefix;
        if (prefix && token.startsWith(prefix)) {
          token = token.replace(prefix, "");
        } else {
          token = " " + token;
        }
      }
      if (this.cleanup) {
        token = clean_up_tokenization(token);
      }
      return token;
    });
  }
};
var WordPiece_default2 = WordPiece;
var Metaspace2 = class extends Decoder_default {
  /**
   * Constructs a new MetaspaceDecoder object.
   * @param config The configuration object for the MetaspaceDecoder.
   */
  constructor(config) {
    super(config);
    this.replacement = config.replacement ?? "▁";
  }
  decode_chain(tokens) {
    const result = [];
    for (let i = 0; i < tokens.length; ++i) {
      let normalized = tokens[i].replaceAll(this.replacement, " ");
      if (i == 0 && normalized.startsWith(" ")) {
        normalized = normalized.substring(1);
      }
      result.push(normalized);
    }
    return result;
  }
};
var Metaspace_default2 = Metaspace2;
var BPE2 = class extends Decoder_default {
  constructor(config) {
    super(config);
    this.suffix = config.suffix ?? "";
  }
  decode_chain(tokens) {
    return tokens.map((token, i) => {
      return token.replaceAll(this.suffix, i === tokens.length - 1 ? "" : " ");
    });
  }
};
var BPE_default2 = BPE2;
var CTC = class extends Decoder_default {
  constructor(config) {
    super(config);
    this.pad_token = config.pad_token ?? "";
    this.word_delimiter_token = config.word_delimiter_token ?? "";
    this.cleanup = config.cleanup;
  }
  /**
   * Converts a connectionist-temporal-classification (CTC) output tokens into a single string.
   * @param tokens Array of tokens to be decoded.
   * @returns The decoded string.
   */
  convert_tokens_to_string(tokens) {
    if (tokens.length === 0) return "";
    const grouped_tokens = [tokens[0]];
    for (let i = 1; i < tokens.length; ++i) {
      if (tokens[i] !== grouped_tokens.at(-1)) {
        grouped_tokens.push(tokens[i]);
      }
    }
    const filtered_tokens = grouped_tokens.filter(
      (token) => token !== this.pad_token
    );
    let text = filtered_tokens.join("");
    if (this.cleanup) {
      text = clean_up_tokenization(text).replaceAll(this.word_delimiter_token, " ").trim();
    }
    return text;
  }
  decode_chain(tokens) {
    return [this.convert_tokens_to_string(tokens)];
  }
};
var CTC_default = CTC;
var Sequence4 = class extends Decoder_default {
  /**
   * Creates a new instance of DecoderSequence.
   * @param config The configuration object.
   */
  constructor(config) {
    super(config);
    this.decoders = (config.decoders ?? []).map((x) => create_decoder_default(x));
  }
  decode_chain(tokens) {
    return this.decoders.reduce((toks, decoder) => {
      return decoder.decode_chain(toks);
    }, tokens);
  }
};
var Sequence_default4 = Sequence4;
var Replace3 = class extends Decoder_default {
  /**
   * @param config The configuration object for the decoder.
   */
  constructor(config) {
    super(config);
    this.pattern = create_pattern(this.config.pattern);
  }
  decode_chain(tokens) {
    const content = this.config.content ?? "";
    const pattern = this.pattern;
    return pattern === null ? tokens : tokens.map((token) => token.replaceAll(pattern, content));
  }
};
var Replace_default3 = Replace3;
var Fuse = class extends Decoder_default {
  decode_chain(tokens) {
    return [tokens.join("")];
  }
};
var Fuse_default = Fuse;
var Strip2 = class extends Decoder_default {
  constructor(config) {
    super(config);
    this.content = config.content ?? "";
    this.start = config.start ?? 0;
    this.stop = config.stop ?? 0;
  }
  decode_chain(tokens) {
    return tokens.map((token) => {
      let start_cut = 0;
      for (let i = 0; i < this.start; ++i) {
        if (token[i] === this.content) {
          start_cut = i + 1;
          continue;
        } else {
          break;
        }
      }
      let stop_cut = token.length;
      for (let i = 0; i < this.stop; ++i) {
        const index = token.length - i - 1;
        if (token[index] === this.content) {
          stop_cut = index;
          continue;
        } else {
          break;
        }
      }
      return token.slice(start_cut, stop_cut);
    });
  }
};
var Strip_default2 = Strip2;
var ByteFallback = class extends Decoder_default {
  constructor(config) {
    super(config);
    this.text_decoder = new TextDecoder();
  }
  decode_chain(tokens) {
    const new_tokens = [];
    let previous_byte_tokens = [];
    for (const token of tokens) {
      let bytes2 = null;
      if (token.length === 6 && token.startsWith("<0x") && token.endsWith(">")) {
        const byte = parseInt(token.slice(3, 5), 16);
        if (!isNaN(byte)) {
          bytes2 = byte;
        }
      }
      if (bytes2 !== null) {
        previous_byte_tokens.push(bytes2);
      } else {
        if (previous_byte_tokens.length > 0) {
          const string2 = this.text_decoder.decode(
            Uint8Array.from(previous_byte_tokens)
          );
          new_tokens.push(string2);
          previous_byte_tokens = [];
        }
        new_tokens.push(token);
      }
    }
    if (previous_byte_tokens.length > 0) {
      const string2 = this.text_decoder.decode(
        Uint8Array.from(previous_byte_tokens)
      );
      new_tokens.push(string2);
      previous_byte_tokens = [];
    }
    return new_tokens;
  }
};
var ByteFallback_default = ByteFallback;
function create_decoder(config) {
  if (config === null) return null;
  switch (config.type) {
    case "ByteLevel":
      return new ByteLevel_default3(config);
    case "WordPiece":
      return new WordPiece_default2(config);
    case "Metaspace":
      return new Metaspace_default2(config);
    case "BPEDecoder":
      return new BPE_default2(config);
    case "CTC":
      return new CTC_default(config);
    case "Sequence":
      return new Sequence_default4(config);
    case "Replace":
      return new Replace_default3(config);
    case "Fuse":
      return new Fuse_default(config);
    case "Strip":
      return new Strip_default2(config);
    case "ByteFallback":
      return new ByteFallback_default(config);
    default:
      throw new Error(`Unknown Decoder type: ${config.type}`);
  }
}
var create_decoder_default = create_decoder;
var Tokenizer = class {
  constructor(tokenizer, config) {
    const tokenizer_error = validate_object(tokenizer, "Tokenizer", [
      "model",
      "decoder",
      "post_processor",
      "pre_tokenizer",
      "normalizer"
    ]);
    if (tokenizer_error) {
      throw new Error(tokenizer_error);
    }
    const config_error = validate_object(config, "Config");
    if (config_error) {
      throw new Error(config_error);
    }
    this.tokenizer = tokenizer;
    this.config = config;
    this.normalizer = create_normalizer_default(this.tokenizer.normalizer);
    this.pre_tokenizer = create_pre_tokenizer_default(this.tokenizer.pre_tokenizer);
    this.model = create_tokenizer_model_default(this.tokenizer.model, this.config);
    this.post_processor = create_post_processor_default(this.tokenizer.post_processor);
    this.decoder = create_decoder_default(this.tokenizer.decoder);
    this.special_tokens = [];
    this.all_special_ids = [];
    this.added_tokens = [];
    const unnormalized_contents = [];
    const normalized_contents = [];
    this.added_tokens_map = /* @__PURE__ */ new Map();
    for (const added_token of this.tokenizer.added_tokens) {
      const token = new AddedToken_default(added_token);
      this.added_tokens.push(token);
      this.model.tokens_to_ids.set(token.content, token.id);
      this.model.vocab[token.id] = token.content;
      if (token.special) {
        this.special_tokens.push(token.content);
        this.all_special_ids.push(token.id);
      }
      this.added_tokens_map.set(token.content, token);
      if (token.normalized && this.normalizer !== null) {
        const normalized_content = this.normalizer(token.content);
        normalized_contents.push(normalized_content);
        this.added_tokens_map.set(normalized_content, token);
      } else {
        unnormalized_contents.push(token.content);
      }
    }
    (this.config.additional_special_tokens ?? []).forEach((token) => {
      if (!this.special_tokens.includes(token)) this.special_tokens.push(token);
    });
    if (this.decoder) {
      this.decoder.added_tokens = this.added_tokens;
      this.decoder.end_of_word_suffix = this.model.end_of_word_suffix;
    }
    this.splitter_unnormalized = new DictionarySplitter_default(unnormalized_contents);
    this.splitter_normalized = new DictionarySplitter_default(normalized_contents);
    this.remove_space = this.config.remove_space;
    this.clean_up_tokenization_spaces = this.config.clean_up_tokenization_spaces ?? true;
    this.do_lowercase_and_remove_accent = this.config.do_lowercase_and_remove_accent ?? false;
  }
  // Implementation
  encode(text, {
    text_pair = null,
    add_special_tokens = true,
    return_token_type_ids = null
  } = {}) {
    const { tokens, token_type_ids } = this.tokenize_helper(text, {
      text_pair,
      add_special_tokens
    });
    const input_ids = tokens.map(
      (t) => this.added_tokens_map.get(t)?.id ?? this.model.tokens_to_ids.get(t) ?? this.model.unk_token_id
    );
    const result = {
      ids: input_ids,
      tokens,
      attention_mask: new Array(input_ids.length).fill(1)
    };
    if (return_token_type_ids && token_type_ids) {
      result.token_type_ids = token_type_ids;
    }
    return result;
  }
  decode(token_ids, options = {}) {
    if (!Array.isArray(token_ids) || token_ids.length === 0 || !is_integral_number(token_ids[0])) {
      throw Error("token_ids must be a non-empty array of integers.");
    }
    let tokens = token_ids.map(
      (i) => this.model.vocab[Number(i)] ?? this.model.unk_token
    );
    if (options.skip_special_tokens) {
      tokens = tokens.filter((x) => !this.special_tokens.includes(x));
    }
    let decoded2 = this.decoder ? this.decoder(tokens) : tokens.join(" ");
    if (this.decoder && this.decoder.end_of_word_suffix) {
      decoded2 = decoded2.replaceAll(this.decoder.end_of_word_suffix, " ");
      if (options.skip_special_tokens) {
        decoded2 = decoded2.trim();
      }
    }
    if (options.clean_up_tokenization_spaces ?? this.clean_up_tokenization_spaces) {
      decoded2 = clean_up_tokenization(decoded2);
    }
    return decoded2;
  }
  /**
   * Converts a string into a sequence of tokens.
   * @param text The sequence to be encoded.
   * @param options An optional object containing the following properties:
   * @returns The list of tokens.
   */
  tokenize(text, { text_pair = null, add_special_tokens = false } = {}) {
    return this.tokenize_helper(text, { text_pair, add_special_tokens }).tokens;
  }
  encode_text(text) {
    if (text === null) {
      return null;
    }
    const sections = this.splitter_unnormalized.split(text);
    sections.forEach((section, i) => {
      const added_token = this.added_tokens_map.get(section);
      if (added_token) {
        if (added_token.lstrip && i > 0) {
          sections[i - 1] = sections[i - 1].trimEnd();
        }
        if (added_token.rstrip && i < sections.length - 1) {
          sections[i + 1] = sections[i + 1].trimStart();
        }
      }
    });
    return sections.flatMap((processed_text, section_index) => {
      if (processed_text.length === 0) {
        return [];
      }
      if (this.added_tokens_map.has(processed_text)) {
        return [processed_text];
      }
      if (this.remove_space === true) {
        processed_text = processed_text.trim().split(/\s+/).join(" ");
      }
      if (this.do_lowercase_and_remove_accent) {
        processed_text = lowercase_and_remove_accents(processed_text);
      }
      if (this.normalizer !== null) {
        processed_text = this.normalizer(processed_text);
      }
      if (processed_text.length === 0) {
        return [];
      }
      const subsections = this.splitter_normalized.split(processed_text);
      subsections.forEach((subsection, j) => {
        const added_token = this.added_tokens_map.get(subsection);
        if (added_token) {
          if (added_token.lstrip && j > 0) {
            subsections[j - 1] = subsections[j - 1].trimEnd();
          }
          if (added_token.rstrip && j < subsections.length - 1) {
            subsections[j + 1] = subsections[j + 1].trimStart();
          }
        }
      });
      return subsections.flatMap((subsection) => {
        if (subsection.length === 0) {
          return [];
        }
        if (this.added_tokens_map.has(subsection)) {
          return [subsection];
        }
        const section_tokens = this.pre_tokenizer !== null ? this.pre_tokenizer(subsection, {
          section_index
        }) : [subsection];
        return this.model(section_tokens);
      });
    });
  }
  tokenize_helper(text, { text_pair = null, add_special_tokens = true }) {
    const tokens1 = this.encode_text(text);
    const tokens2 = this.encode_text(text_pair || null);
    return this.post_processor ? this.post_processor(tokens1, tokens2, add_special_tokens) : { tokens: merge_arrays(tokens1 ?? [], tokens2 ?? []) };
  }
  /**
   * Converts a token string to its corresponding token ID.
   * @param token The token string to convert.
   * @returns The token ID, or undefined if the token is not in the vocabulary.
   */
  token_to_id(token) {
    return this.model.tokens_to_ids.get(token);
  }
  /**
   * Converts a token ID to its corresponding token string.
   * @param id The token ID to convert.
   * @returns The token string, or undefined if the ID is not in the vocabulary.
   */
  id_to_token(id) {
    return this.model.vocab[id];
  }
  /**
   * Returns a mapping of token IDs to AddedToken objects for all added tokens.
   * @returns A Map where keys are token IDs and values are AddedToken objects.
   */
  get_added_tokens_decoder() {
    const decoder = /* @__PURE__ */ new Map();
    for (const token of this.added_tokens) {
      decoder.set(token.id, token);
    }
    return decoder;
  }
  /**
   * Get the underlying vocabulary
   * @param with_added_tokens Whether to include the added tokens
   * @returns The vocabulary
   */
  get_vocab(with_added_tokens = true) {
    const vocab = /* @__PURE__ */ new Map();
    for (let i = 0; i < this.model.vocab.length; ++i) {
      const token = this.model.vocab[i];
      if (with_added_tokens || !this.added_tokens_map.has(token)) {
        vocab.set(token, i);
      }
    }
    return vocab;
  }
};
var Tokenizer_default = Tokenizer;

// src/data/tokenizer.ts
async function readTokenizer(file) {
  const folder = resolve3(file.path, "..");
  const configPath = resolve3(folder, "tokenizer_config.json");
  const config = await isFile(configPath) ? parseJson(await readFile5(configPath, "utf8"), "tokenizer_config.json") : {};
  const text = await readFile5(file.path, "utf8");
  const vocabulary = extensionOf(file.name) === ".json" ? void 0 : vocabularyOf(text);
  const guessed = vocabulary !== void 0 && config["do_basic_tokenize"] === void 0 && keepsPunctuation(vocabulary);
  const basic = config["do_basic_tokenize"] !== false && !guessed;
  const definition = vocabulary ? wordPiece(vocabulary, file.name, config, basic) : parseJson(text, file.name);
  let tokenizer;
  try {
    tokenizer = new Tokenizer_default(withDefaults(definition), config);
  } catch (error) {
    throw new UserError(`${file.name} is not a tokenizer.json that this version reads: ${error.message}.`, {
      cause: error
    });
  }
  const padding = definition["padding"];
  const padToken = ["[PAD]", "<pad>", "<|endoftext|>", "</s>"].find(
    (token) => tokenizer.token_to_id(token) !== void 0
  );
  return {
    padId: padding?.pad_id ?? (padToken === void 0 ? 0 : tokenizer.token_to_id(padToken)),
    encode: (one, pair, maxLength) => encode(tokenizer, one, pair, maxLength),
    ...guessed && {
      note: `${file.name} has words with punctuation in them, so texts are split at spaces only (do_basic_tokenize in tokenizer_config.json says otherwise)`
    }
  };
}
function parseJson(text, name) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${name} is not JSON: ${error.message}.`, { cause: error });
  }
}
function withDefaults(definition) {
  return {
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    added_tokens: [],
    ...definition
  };
}
var punctuatedShare = 5e-3;
function keepsPunctuation(tokens) {
  const punctuated = tokens.filter((token) => {
    const body = token.replace(/^##/, "");
    return body.length > 1 && !isSpecial(body) && /[!-/:-@[-`{-~]/.test(body);
  });
  return punctuated.length > punctuatedShare * tokens.length;
}
function isSpecial(token) {
  return /^[[<].*[\]>]$/.test(token);
}
function vocabularyOf(text) {
  const tokens = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  while (tokens.at(-1) === "") tokens.pop();
  return tokens;
}
function wordPiece(tokens, name, config, basic) {
  const vocab = new Map(tokens.map((token, id) => [token.trim(), id]));
  const special = (role, fallback) => {
    const given = config[role];
    const token = typeof given === "string" ? given : given?.content ?? fallback;
    const id = vocab.get(token);
    if (id === void 0) {
      throw new UserError(
        `${name} has no ${token} token; a vocab.txt is a BERT vocabulary, one token a line, with [UNK], [CLS] and [SEP].`
      );
    }
    return [token, id];
  };
  const unk = special("unk_token", "[UNK]");
  const cls = special("cls_token", "[CLS]");
  const sep3 = special("sep_token", "[SEP]");
  const cased = tokens.some((token) => !isSpecial(token) && token !== token.toLowerCase());
  const lowercase = typeof config["do_lower_case"] === "boolean" ? config["do_lower_case"] : !cased;
  const added = tokens.flatMap(
    (token, id) => ["[PAD]", "[MASK]", unk[0], cls[0], sep3[0]].includes(token) ? [{ id, content: token, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false }] : []
  );
  return {
    added_tokens: added,
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: basic,
      // Null leaves it to `lowercase`, as BERT has it.
      strip_accents: basic ? null : false,
      lowercase
    },
    pre_tokenizer: { type: basic ? "BertPreTokenizer" : "WhitespaceSplit" },
    post_processor: { type: "BertProcessing", sep: sep3, cls },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: unk[0],
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocab)
    }
  };
}
function encode(tokenizer, text, pair, maxLength) {
  const first = tokenizer.tokenize(text);
  const second = pair === void 0 ? void 0 : tokenizer.tokenize(pair);
  const process2 = tokenizer.post_processor;
  const join29 = (one, other) => process2 ? process2(one, other ?? null, true) : { tokens: [...one, ...other ?? []] };
  const special = join29([], second && []).tokens.length;
  const [keepFirst, keepSecond] = truncate(first.length, second?.length ?? 0, Math.max(0, maxLength - special));
  const { tokens, token_type_ids } = join29(first.slice(0, keepFirst), second?.slice(0, keepSecond));
  const unknown = tokenizer.model?.unk_token_id ?? 0;
  return {
    ids: tokens.map((token) => tokenizer.token_to_id(token) ?? unknown),
    types: token_type_ids ?? tokens.map(() => 0)
  };
}
function truncate(first, second, limit) {
  if (first + second <= limit) return [first, second];
  if (second === 0) return [limit, 0];
  const shorter = Math.min(first, second);
  const keptShorter = shorter <= limit - shorter ? shorter : Math.min(shorter, Math.floor(limit / 2));
  const keptLonger = limit - keptShorter;
  return first <= second ? [keptShorter, keptLonger] : [keptLonger, keptShorter];
}

// src/data/sources/jsonl.ts
var ignoreIndex = -100;
var fields = [
  {
    pattern: /(^|[._])(attention_?mask|input_?mask|mask)$/i,
    values: ({ ids }, length) => padded(
      ids.map(() => 1),
      length,
      0
    )
  },
  { pattern: /(token_?type_?ids?|segment_?ids?)$/i, values: ({ types }, length) => padded(types, length, 0) },
  { pattern: /position_?ids?$/i, values: (_, length) => Array.from({ length }, (_unused, at2) => at2) },
  { pattern: /(input_?ids?|ids|tokens?)$/i, values: ({ ids }, length, padId) => padded(ids, length, padId) }
];
async function openJsonl(source2, options) {
  const file = await locate(options, "jsonl", source2.jsonl, "file");
  const rows3 = await readRows(file, source2);
  const { from, to } = selectRows(source2, rows3.length, file.name);
  const selected = rows3.slice(from, to);
  const texts = options.inputs.length === 1 && options.inputs[0]?.type === "string" ? options.inputs[0] : void 0;
  const tokenizerFile = texts ? void 0 : await findTokenizer(source2, file, options);
  const tokenizer = tokenizerFile && await readTokenizer(tokenizerFile);
  if (tokenizer?.note !== void 0) options.progress?.note(tokenizer.note);
  const inputs = texts ? [] : matchInputs(options.inputs);
  const fixed = texts ? void 0 : checkLengths(source2, options.inputs);
  const feeds = (row2) => tokenizer ? encodeRow(row2, tokenizer, inputs, source2, fixed, `${file.name}:${row2.line}`) : { inputs: { [texts.name]: { type: "string", dims: texts.dims.map(() => 1), data: [row2.text] } } };
  feeds(selected[0]);
  const labelled2 = labelsOf(rows3, source2, file, options);
  const labels = labelled2?.labels.slice(from, to);
  return {
    description: `${source2.jsonl} (${selected.length} texts)`,
    size: selected.length,
    files: [file, ...tokenizerFile ? [tokenizerFile] : []],
    ...labels && { labels },
    ...labelled2?.classes && { classes: labelled2.classes },
    async *samples() {
      for (const [index, row2] of selected.entries()) {
        const { inputs: tensors, ids } = feeds(row2);
        const label = labels?.[index] ?? (options.task === "language-model" && ids ? nextTokens(ids) : void 0);
        yield { id: `${file.name}[${from + index}]`, inputs: tensors, ...label && { label } };
      }
    }
  };
}
async function readRows(file, source2) {
  const lines = (await readFile6(file.path, "utf8")).replace(/^\uFEFF/, "").split(/\r?\n/);
  return lines.flatMap((text, index) => {
    if (text.trim() === "") return [];
    const where = `${file.name}:${index + 1}`;
    let json;
    try {
      json = JSON.parse(text);
    } catch (error) {
      throw new UserError(`${where} is not JSON: ${error.message}. Each line is one object.`, {
        cause: error
      });
    }
    if (typeof json !== "object" || json === null || Array.isArray(json))
      throw new UserError(`${where} is not an object { ... }.`);
    const record2 = json;
    const field = (key2, name) => {
      const value = record2[name];
      if (typeof value === "string") return value;
      if (value === void 0) {
        throw new UserError(
          `${where} has no field "${name}" (\`${key2}\`); ${nearestText(name, Object.keys(record2), "its fields are")}`
        );
      }
      throw new UserError(
        `${where}: field "${name}" (\`${key2}\`) is ${JSON.stringify(value).slice(0, 60)}, not a text.`
      );
    };
    const pair = source2["text-pair"];
    return [
      {
        line: index + 1,
        text: field("text", source2.text),
        pair: pair === void 0 ? void 0 : field("text-pair", pair),
        label: record2[source2.label]
      }
    ];
  });
}
async function findTokenizer(source2, file, options) {
  if (source2.tokenizer !== void 0) return locate(options, "tokenizer", source2.tokenizer, "file");
  for (const name of ["tokenizer.json", "vocab.txt"]) {
    const path = join6(dirname3(file.path), name);
    if (await isFile(path)) return locate(options, "tokenizer", slashes(relative2(options.policyFolder, path)), "file");
  }
  throw new UserError(
    `${file.name} holds texts, and there is no tokenizer.json or vocab.txt beside it; set \`tokenizer\`.`
  );
}
function matchInputs(inputs) {
  return inputs.map((input) => {
    const field = fields.find(({ pattern }) => pattern.test(input.name)) ?? (inputs.length === 1 ? fields.at(-1) : void 0);
    if (!field) {
      throw new UserError(
        `the model's input ${inputText(input)} is none that a text gives (input_ids, attention_mask, token_type_ids, position_ids); use \`arrays\`, tokenized beforehand.`
      );
    }
    if (input.dims.length !== 1 && input.dims.length !== 2) {
      throw new UserError(`the model's input ${inputText(input)} is not tokens, [batch, length].`);
    }
    return { input, values: field.values };
  });
}
function checkLengths(source2, inputs) {
  const padding = source2.padding === "max-length" ? source2["max-length"] : void 0;
  for (const input of inputs) {
    const length = input.dims.at(-1);
    if (typeof length === "number" && length !== padding) {
      throw new UserError(
        `the model's input ${inputText(input)} has the fixed length ${length}; set \`max-length: ${length}\` and \`padding: max-length\`.`
      );
    }
  }
  return padding;
}
function encodeRow(row2, tokenizer, inputs, source2, fixed, where) {
  const encoding = tokenizer.encode(row2.text, row2.pair, source2["max-length"]);
  const length = fixed ?? encoding.ids.length;
  if (length === 0) throw new UserError(`${where}: the text is empty and gives no tokens; remove the row.`);
  const tensors = {};
  for (const { input, values } of inputs) {
    const dims = input.dims.length === 1 ? [length] : [1, length];
    if (!fits(dims, input.dims))
      throw new UserError(`${where} gives ${shapeText(dims)}, the model's input is ${inputText(input)}.`);
    const data = convertNumbers(
      values(encoding, length, tokenizer.padId),
      input.type,
      () => `${where}: a token of "${input.name}"`
    );
    tensors[input.name] = { type: input.type, dims, data };
  }
  return { inputs: tensors, ids: padded(encoding.ids, length, ignoreIndex) };
}
function padded(values, length, filler) {
  return Array.from({ length }, (_, at2) => values[at2] ?? filler);
}
function nextTokens(ids) {
  const next2 = [...ids.slice(1), ignoreIndex];
  return { kind: "tensor", tensor: { type: "int32", dims: [next2.length], data: Int32Array.from(next2) } };
}
function labelsOf(rows3, source2, file, options) {
  const with_ = rows3.filter(({ label }) => label !== void 0 && label !== null);
  if (with_.length === 0) return void 0;
  const without = rows3.find(({ label }) => label === void 0 || label === null);
  if (without) {
    throw new UserError(
      `${file.name}:${without.line} has no label (field "${source2.label}"), and ${with_.length} other rows have; label all or none.`
    );
  }
  return readLabels(
    rows3.map(({ label }) => label),
    (index) => `${file.name}:${rows3[index]?.line}`,
    options
  );
}

// src/data/open.ts
var sources = {
  images: openImages,
  arrays: openArrays,
  jsonl: openJsonl,
  csv: openCsv,
  audio: openAudio,
  command: openCommand
};
async function openDataset(source2, options) {
  const kind = Object.keys(sources).find((key2) => key2 in source2);
  if (kind === void 0) throw new Error(`no such data source: ${Object.keys(source2).join(", ")}`);
  const opened2 = await sources[kind](source2, options);
  const { description, size, classes, files } = opened2;
  return {
    description,
    size,
    ...classes && { classes },
    samples: () => opened2.samples(),
    cacheKey: () => keyOf(files, [storeFormat, source2, options.preprocess, options.task, options.inputs, options.classes])
  };
}
async function keyOf(files, settings) {
  const hash = createHash2("sha256").update(JSON.stringify(settings));
  for (const { path, name } of files) hash.update(JSON.stringify([name, await sha256File(path)]));
  return hash.digest("hex");
}

// src/measure/gpu.ts
import { execFile } from "node:child_process";
import { promisify } from "node:util";
var mib = 2 ** 20;
async function gpuState() {
  const fields2 = "name,memory.total,memory.used,clocks.sm,temperature.gpu,clocks_throttle_reasons.active";
  const first = (await nvidiaSmi([`--query-gpu=${fields2}`]))?.[0];
  if (!first) return void 0;
  const [name = "", total, used, clock, temperature, throttle = ""] = first;
  return {
    name,
    memoryBytes: Number(total) * mib,
    usedBytes: Number(used) * mib,
    clockMhz: Number(clock),
    temperatureC: Number(temperature),
    throttle
  };
}
async function deviceBytes(pid) {
  const rows3 = await nvidiaSmi(["--query-compute-apps=pid,used_memory"]);
  const own = rows3?.filter(([id]) => Number(id) === pid).map(([, used]) => Number(used) * mib);
  return own?.length && own.every(Number.isFinite) ? own.reduce((sum2, bytes2) => sum2 + bytes2, 0) : void 0;
}
async function nvidiaSmi(query) {
  try {
    const { stdout } = await promisify(execFile)("nvidia-smi", [...query, "--format=csv,noheader,nounits"], {
      timeout: 1e4
    });
    return parseCsv(stdout);
  } catch {
    return void 0;
  }
}
function parseCsv(text) {
  return text.split("\n").filter((line) => line.trim() !== "").map((line) => line.split(",").map((field) => field.trim()));
}

// src/onnx/chance.ts
var drawing = ["RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"];
function remarksOnChance(model) {
  const nodes = [...model.graph.allNodes()];
  const training = nodes.filter(isInTraining);
  const random = nodes.filter((node) => node.is(...drawing) && !node.hasAttr("seed"));
  return [
    ...training.length > 0 ? [
      `The model is in training mode (${named(training)}): what it gives depends on chance or on the rest of the batch. Export it in inference mode (in PyTorch after model.eval()).`
    ] : [],
    ...random.length > 0 ? [
      `The model draws random numbers (${named(random)}), and has no seed for them, so its outputs are others in each process.`
    ] : []
  ];
}
function isInTraining(node) {
  if (node.is("BatchNormalization")) return node.attrInt("training_mode", 0) !== 0;
  if (!node.is("Dropout") || dropoutTrains(node) !== true) return false;
  return Number(constantValue(node.input(1))?.data[0] ?? 0.5) > 0;
}
function dropoutTrains(node) {
  if (node.input(2) === void 0) return false;
  const flag = constantValue(node.input(2))?.data[0];
  return flag === void 0 ? void 0 : Number(flag) !== 0;
}
function named([first, ...others]) {
  const name = first.name === "" ? first.op : `${first.op} ${first.name}`;
  return others.length === 0 ? name : `${name} and ${counted(others.length, "more node")}`;
}

// src/onnx/integer-operators.ts
var kernels = /^(Q[A-Z]\w*|MatMulInteger\w*|ConvInteger|DynamicQuantize(MatMul|LSTM)|MatMulNBits|MatMulBnb4|GatherBlockQuantized)$/;
var conversions = /^(QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|QuantizeBFP|DequantizeBFP)$/;
var isIntegerKernel = (op) => kernels.test(op);
var isConversion = (op) => conversions.test(op);
var isOfQuantizer = (op) => isIntegerKernel(op) || isConversion(op);

// src/onnx/opset/facts.ts
var FactFinder = class {
  #facts = /* @__PURE__ */ new Map();
  #shapes;
  constructor(graph, shapes = /* @__PURE__ */ new Map()) {
    this.#shapes = shapes;
    this.#visit(graph);
  }
  /** Producers come first, and a node's subgraphs before its outputs, so that each finds what it needs known. */
  #visit(graph) {
    for (const node of graph.nodes) {
      for (const inner of node.subgraphs) this.#visit(inner);
      for (const value of node.outputs) if (value) this.of(value);
    }
  }
  of(value) {
    let facts = this.#facts.get(value);
    if (facts === void 0) {
      facts = this.#find(value);
      this.#facts.set(value, facts);
    }
    return facts;
  }
  #find(value) {
    const { elementType, dims } = value.staticInfo;
    const known = this.#shapes.get(value.name) ?? dims ?? constantProto(value)?.dims.map(Number);
    const node = value.producer;
    return {
      elementType: elementType || node && this.#elementType(node, value),
      dims: known,
      rank: known?.length ?? (node && value.outputIndex === 0 ? this.#rank(node) : void 0)
    };
  }
  #elementType(node, value) {
    if (node.domain !== "") return void 0;
    if (node.is("Cast")) return node.attrInt("to");
    if (BOOLEAN.has(node.op)) return TensorProto_DataType.BOOL;
    if (INT64.has(node.op) || value.outputIndex === 1 && node.is("TopK", "MaxPool")) return TensorProto_DataType.INT64;
    if (node.is("Constant")) return constantProto(value)?.dataType;
    if (node.is("If")) return this.#known(node.subgraph("then_branch")?.outputs[value.outputIndex])?.elementType;
    if (node.is("Loop")) return this.#known(node.subgraph("body")?.outputs[value.outputIndex + 1])?.elementType;
    if (node.is("Where")) return this.#known(node.input(1))?.elementType;
    if (ONE_TYPE.has(node.op)) {
      for (const input of node.inputs) {
        const elementType = this.#known(input)?.elementType;
        if (elementType) return elementType;
      }
    }
    return SAME_TYPE.has(node.op) ? this.#known(node.input(0))?.elementType : void 0;
  }
  #rank(node) {
    if (node.domain !== "") return void 0;
    const of = (index) => this.#known(node.input(index))?.rank;
    const first = of(0);
    if (SAME_RANK.has(node.op)) return first;
    if (BROADCAST.has(node.op)) {
      const ranks = node.inputs.map((_, index) => of(index));
      return ranks.every((rank4) => rank4 !== void 0) ? Math.max(...ranks) : void 0;
    }
    if (node.op.startsWith("Reduce")) {
      return node.attrInt("keepdims", 1) !== 0 ? first : void 0;
    }
    switch (node.op) {
      case "MatMul": {
        const second = of(1);
        if (first === void 0 || second === void 0) return void 0;
        return first === 1 || second === 1 ? Math.max(first, second) - 1 : Math.max(first, second);
      }
      case "Gemm":
      case "Flatten":
        return 2;
      case "Conv":
      case "ConvTranspose":
        return of(1) ?? first;
      case "Shape":
        return 1;
      case "Transpose":
        return node.attrInts("perm")?.length ?? first;
      case "Reshape": {
        const length = constantValue(node.input(1))?.data.length ?? this.#known(node.input(1))?.dims?.[0];
        return typeof length === "number" ? length : void 0;
      }
      case "Gather": {
        const indices = of(1);
        return first === void 0 || indices === void 0 ? void 0 : first + indices - 1;
      }
      case "Squeeze":
      case "Unsqueeze": {
        const axes = node.attrInts("axes") ?? constantValue(node.input(1))?.data;
        if (axes === void 0 || first === void 0) return void 0;
        return node.op === "Squeeze" ? first - axes.length : first + axes.length;
      }
    }
    return void 0;
  }
  /** Only what was visited: a value of an outer graph is, one further down in a broken order is not. */
  #known(value) {
    if (value === void 0) return void 0;
    return value.producer && !this.#facts.has(value) ? void 0 : this.of(value);
  }
};
var words = (text) => new Set(text.split(" "));
var BOOLEAN = words("And Or Xor Not Equal Greater GreaterOrEqual Less LessOrEqual IsNaN IsInf");
var INT64 = words("Shape Size ArgMax ArgMin NonZero");
var BROADCAST = words(
  "Add Sub Mul Div Pow Max Min Mean Sum And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual Where PRelu Mod"
);
var UNARY = "Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Clip Cos Cosh CumSum Dropout Elu Erf Exp Floor HardSigmoid HardSwish Identity LeakyRelu Log Neg Reciprocal Relu Round Selu Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan Tanh ThresholdedRelu Softmax LogSoftmax Hardmax BatchNormalization InstanceNormalization LayerNormalization LpNormalization LRN MeanVarianceNormalization Pad Slice Split Tile Concat Upsample Resize AveragePool MaxPool GlobalAveragePool GlobalMaxPool DepthToSpace SpaceToDepth ScatterElements Scatter ScatterND Trilu";
var SAME_RANK = words(`${UNARY} Not Cast IsNaN IsInf QuantizeLinear DequantizeLinear`);
var ONE_TYPE = words("Add Sub Mul Div Max Min Mean Sum PRelu Mod MatMul Gemm Conv ConvTranspose Concat");
var SAME_TYPE = words(
  `${UNARY} Add Sub Mul Div Pow Max Min Mean Sum PRelu Mod MatMul Gemm Conv ConvTranspose Transpose Reshape Flatten Squeeze Unsqueeze Gather GatherElements GatherND Expand LSTM GRU RNN TopK Compress ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Einsum Range`
);

// src/onnx/passes/widen-half.ts
var typeAttributes = ["to", "dtype", "output_datatype"];
function widenHalf(model) {
  const { graph } = model;
  if (model.proto.functions.length > 0 || !usesHalf(graph)) return { model, modified: false };
  const facts = new FactFinder(graph);
  const isFloat = (value) => {
    const type2 = value && facts.of(value).elementType;
    return type2 === TensorProto_DataType.FLOAT || type2 === TensorProto_DataType.FLOAT16;
  };
  const casts = [...graph.allNodes()].filter((node) => node.is("Cast"));
  const idle = casts.filter((node) => isFloat(node.input(0)) && isFloat(node.outputs[0]));
  const inputs = graph.inputs.filter(isHalf);
  const outputs = graph.outputs.filter((value) => isHalf(value) && !value.isGraphInput);
  for (const inner of graph.allGraphs()) widen(inner);
  for (const node of idle) {
    node.op = "Identity";
    node.setAttr("to", void 0);
  }
  for (const value of inputs) castInput(graph, value);
  for (const value of outputs) castOutput(graph, value);
  return { model, modified: true };
}
var isHalf = (value) => value.staticInfo.elementType === TensorProto_DataType.FLOAT16;
function usesHalf(graph) {
  for (const inner of graph.allGraphs()) {
    if (inner.values.some(isHalf)) return true;
    if (inner.nodes.some(({ proto }) => proto.attribute.some(({ t }) => t?.dataType === TensorProto_DataType.FLOAT16))) return true;
  }
  return false;
}
function widen(graph) {
  for (const value of graph.values) {
    if (value.initializer && isHalf(value)) graph.setInitializer(value, widened(value.initializer));
    const type2 = value.info?.type?.value;
    if (type2?.case === "tensorType" && type2.value.elemType === TensorProto_DataType.FLOAT16) type2.value.elemType = TensorProto_DataType.FLOAT;
  }
  for (const node of graph.nodes) {
    for (const { name, t } of node.proto.attribute) {
      if (t?.dataType === TensorProto_DataType.FLOAT16) node.setAttr(name, widened(t));
    }
    for (const name of typeAttributes) {
      if (node.hasAttr(name) && node.attrInt(name) === TensorProto_DataType.FLOAT16) node.setAttr(name, TensorProto_DataType.FLOAT);
    }
  }
  graph.touch();
}
function widened(tensor) {
  const { dims, data } = readTensor(tensor);
  return tensorProto({ type: "float32", dims, data: Float32Array.from(data, halfToNumber) });
}
function castInput(graph, value) {
  const readers = value.uses;
  const wide = graph.addNode({ op: "Cast", inputs: [value], attributes: { to: TensorProto_DataType.FLOAT } }).output();
  for (const { node, index } of readers) node.setInput(index, wide);
  setType(value, TensorProto_DataType.FLOAT16);
}
function castOutput(graph, value) {
  const readers = value.uses;
  const node = graph.addNode({ op: "Cast", inputs: [value], attributes: { to: TensorProto_DataType.FLOAT16 } });
  graph.replaceAll(value, node.output());
  for (const reader of [...readers, { node, index: 0 }]) reader.node.setInput(reader.index, value);
  setType(node.output(), TensorProto_DataType.FLOAT16);
}
function setType(value, elementType) {
  const type2 = value.info?.type?.value;
  if (type2?.case === "tensorType") type2.value.elemType = elementType;
}

// src/onnx/remarks.ts
function remarksOn(model) {
  return [...remarksOnChance(model), ...remarksOnForm(model)];
}
function remarksOnForm(model) {
  const nodes = [...model.graph.allNodes()];
  const quantized2 = nodes.filter(({ op }) => isOfQuantizer(op));
  const blocked = nodes.filter(({ domain }) => domain === "com.microsoft.nchwc");
  return [
    ...quantized2.length > 0 ? [
      `The model is quantized already, or a part of it (${operators(quantized2)}): variants are compared with that, not with FP32, and what is quantized stays as it is. Commit the FP32 model that it was made from.`
    ] : [],
    ...blocked.length > 0 ? [
      `The model was optimized for the CPU of one machine when it was saved (${counted(blocked.length, "node")} of com.microsoft.nchwc): these nodes have no integer form. Save it without optimizations, or with those up to "extended".`
    ] : [],
    ...usesHalf(model.graph) ? ["The model is of float16: variants are compared with that, and compute in float32 what they do not quantize."] : []
  ];
}
function operators(nodes) {
  const counts2 = /* @__PURE__ */ new Map();
  for (const { op } of nodes) counts2.set(op, (counts2.get(op) ?? 0) + 1);
  const sorted = [...counts2].sort(([, a], [, b]) => b - a).slice(0, 3);
  return listed(sorted.map(([op, count2]) => `${count2.toLocaleString("en-US")} ${op}`));
}

// src/targets/cpu-arm64.ts
var cpuArm64 = {
  name: "cpu-arm64",
  description: "64-bit Arm CPU",
  provider: "cpu",
  kernels: "cpu",
  arithmetic: "arm64",
  activation: { type: "uint8", qmin: 0, qmax: 255 },
  weight: { type: "int8", qmin: -127, qmax: 127, zeroPoint: 0 },
  dynamicWeight: { type: "int8", qmin: -127, qmax: 127, zeroPoint: 0 },
  quantizeBias: true,
  placement: "groups",
  minChannels: 0,
  equalConcat: false
};

// src/targets/cpu-features.ts
import { execFileSync } from "node:child_process";
import { readFileSync as readFileSync2 } from "node:fs";
function readProcessor() {
  const arch2 = process.arch;
  if (process.platform === "linux") return { arch: arch2, text: readFileSync2("/proc/cpuinfo", "utf8") };
  if (process.platform === "darwin" && arch2 === "x64") {
    return { arch: arch2, text: execFileSync("/usr/sbin/sysctl", ["machdep.cpu"], { encoding: "utf8" }) };
  }
  return { arch: arch2, text: "" };
}
function cpuTargetName({ arch: arch2, text }) {
  if (arch2 === "arm64") return "cpu-arm64";
  if (arch2 !== "x64") return void 0;
  const linux = [...text.matchAll(/^flags\s*:(.*)$/gm)].map((match) => words2(match[1]));
  const apple = [...text.matchAll(/^machdep\.cpu\.(?:leaf7_)?features:(.*)$/gm)].map((match) => match[1]).join(" ");
  const processors = linux.length > 0 ? linux : [words2(apple)];
  return processors.every((flags) => vnniFlags.some((flag) => flags.has(flag))) ? "cpu-x64-vnni" : "cpu-x64-avx2";
}
var vnniFlags = ["avx512_vnni", "avx512vnni", "avx_vnni", "amx_int8"];
function words2(text) {
  return new Set(text.toLowerCase().split(/\s+/));
}

// src/targets/cpu-x64-avx2.ts
var cpuX64Avx2 = {
  name: "cpu-x64-avx2",
  description: "x86-64 CPU without VNNI",
  provider: "cpu",
  kernels: "cpu",
  arithmetic: "x64-saturating",
  activation: { type: "uint8", qmin: 0, qmax: 255 },
  weight: { type: "int8", qmin: -64, qmax: 63, zeroPoint: 0 },
  wideWeight: { type: "uint8", qmin: 1, qmax: 255, zeroPoint: 128 },
  depthwiseWeight: { type: "int8", qmin: -127, qmax: 127, zeroPoint: 0 },
  dynamicWeight: { type: "int8", qmin: -64, qmax: 63, zeroPoint: 0 },
  quantizeBias: true,
  placement: "groups",
  minChannels: 0,
  equalConcat: false
};

// src/targets/cpu-x64-vnni.ts
var cpuX64Vnni = {
  name: "cpu-x64-vnni",
  description: "x86-64 CPU with VNNI or AMX",
  provider: "cpu",
  kernels: "cpu",
  arithmetic: "x64-vnni",
  activation: { type: "uint8", qmin: 0, qmax: 255 },
  weight: { type: "int8", qmin: -127, qmax: 127, zeroPoint: 0 },
  dynamicWeight: { type: "int8", qmin: -127, qmax: 127, zeroPoint: 0 },
  quantizeBias: true,
  placement: "groups",
  minChannels: 0,
  equalConcat: false
};

// src/targets/tensorrt.ts
var tensorrt = {
  name: "tensorrt",
  description: "NVIDIA GPU through TensorRT",
  provider: "tensorrt",
  kernels: "tensorrt",
  arithmetic: "gpu",
  activation: { type: "int8", qmin: -127, qmax: 127, zeroPoint: 0 },
  weight: { type: "int8", qmin: -127, qmax: 127, zeroPoint: 0 },
  dynamicWeight: { type: "int8", qmin: -127, qmax: 127, zeroPoint: 0 },
  quantizeBias: false,
  placement: "inputs",
  minChannels: 16,
  equalConcat: true
};

// src/targets/cuda.ts
var cuda = { ...tensorrt, name: "cuda", description: "NVIDIA GPU through CUDA", provider: "cuda" };

// src/targets/index.ts
var targets = {
  "cpu-x64-avx2": cpuX64Avx2,
  "cpu-x64-vnni": cpuX64Vnni,
  "cpu-arm64": cpuArm64,
  cuda,
  tensorrt
};
function resolveTarget(name, processor = readProcessor()) {
  return targets[name === "cpu" ? hostTargetName(processor) : name];
}
function hostTargetName(processor = readProcessor()) {
  const name = cpuTargetName(processor);
  if (!name) throw new UserError(`target cpu: "${processor.arch}" is neither x64 nor arm64; name a target instead`);
  return name;
}
var needsExactSums = (executability2) => executability2.runs !== "no" && executability2.exactInt8;
function executability(target, host, gpu = false) {
  if (target.name === host) return { runs: "native", exactInt8: false };
  if (target.arithmetic === "gpu") {
    return gpu ? { runs: "native", exactInt8: false } : { runs: "no", why: `this machine has no GPU for ${target.name}` };
  }
  if (target.arithmetic === "x64-saturating") {
    return { runs: "emulated", exactInt8: false, why: `the file is exact on every CPU; run on ${host}` };
  }
  if (host === "cpu-x64-avx2") {
    return {
      runs: "emulated",
      exactInt8: true,
      why: `run on ${host} with session.x64quantprecision=1, which sums as ${target.name} does`
    };
  }
  return { runs: "emulated", exactInt8: false, why: `${host} and ${target.name} both sum in 32 bits; run on ${host}` };
}

// src/engine/plan.ts
var generatedSamples = 32;
async function planRun(loaded, options) {
  const models = selectModels(await expandModels(loaded, [resolve4(options.outDir)]), options.models);
  const variants = planVariants(loaded, options, await gpuState() !== void 0);
  const planned = [];
  for (const model of models) planned.push(await planModel(loaded, model, variants, options));
  return planned;
}
function selectModels(models, wanted) {
  if (!wanted) return models;
  const names3 = models.map(({ name }) => name);
  for (const name of wanted) {
    if (names3.includes(name)) continue;
    const near = nearest(name, names3);
    throw new UserError(
      `the policy has no model "${name}"; ${near ? `did you mean "${near}"?` : `it has ${names3.join(", ")}`}`
    );
  }
  return models.filter(({ name }) => wanted.includes(name));
}
function planVariants(loaded, options, gpu) {
  const { policy } = loaded;
  const host = hostTargetName();
  const defined = [1, 2, 3].flatMap((level) => {
    const found2 = policy.levels[level];
    return found2 ? [{ level, options: found2 }] : [];
  });
  for (const level of options.levels ?? []) {
    if (defined.some((each) => each.level === level)) continue;
    throw new UserError(`the policy has no level ${level}; it has ${defined.map((each) => each.level).join(", ")}`, {
      position: positionOf(loaded, ["levels"])
    });
  }
  const levels = defined.filter(({ level }) => options.levels?.includes(level) ?? true);
  const targets2 = [...new Set((options.targets ?? policy.targets).map((name) => resolveTarget(name)))];
  return targets2.flatMap(
    (target) => levels.map(({ level, options: own }) => ({
      id: `level${level}-${target.name}`,
      level,
      options: own,
      target,
      executability: executability(target, host, gpu)
    }))
  );
}
async function planModel(loaded, entry, variants, options) {
  const { policy, index } = entry;
  if (policy.build) {
    await runCommand(policy.build.command, {
      folder: loaded.folder,
      allowed: options.allowCommands,
      what: `build of ${entry.name}`,
      position: positionOf(loaded, ["models", index, "build", "command"]),
      progress: options.progress
    });
  }
  await checkExists(loaded, entry);
  const model = await at(loaded, ["models", index, "path"], () => loadModel(entry.file, { root: loaded.root }));
  const inputs = model.graph.infos("inputs");
  checkBatches(loaded, entry, variants, inputs);
  const outputs = model.graph.infos("outputs");
  checkOutput(loaded, entry, outputs);
  const output = outputs.find(({ name }) => name === (policy.output ?? outputs[0]?.name));
  const metric = metricOf(policy);
  const data = async (role) => {
    const source2 = policy.data[role];
    if (!source2) return void 0;
    const dataset = await at(
      loaded,
      ["models", index, "data", role],
      () => openDataset(source2, {
        policyFolder: loaded.folder,
        root: loaded.root,
        inputs,
        ...output && { output },
        task: policy.task,
        allowCommands: options.allowCommands,
        ...policy.data.preprocess && { preprocess: policy.data.preprocess },
        progress: options.progress
      })
    );
    return { dataset, generated: false };
  };
  const generated = () => ({
    dataset: generateInputs(inputs, generatedSamples, options.seed),
    generated: true
  });
  const validation = await data("validation") ?? generated();
  if (validation.generated && !isLabelFree(metric)) refuseAccuracyLimits(loaded, entry, variants);
  const training = variants.some(({ level }) => level === 3) ? await data("training") : void 0;
  return {
    ...entry,
    model,
    bytes: await modelBytes(entry.file, { root: loaded.root }),
    sha256: await modelDigest(entry.file, { root: loaded.root }),
    inputs,
    outputs,
    metric,
    calibration: await data("calibration") ?? generated(),
    validation,
    ...training && { training },
    remarks: remarksOn(model),
    variants
  };
}
async function at(loaded, path, work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError) || error.position) throw error;
    throw new UserError(error.message, { position: positionOf(loaded, path), cause: error });
  }
}
async function checkExists(loaded, { file, path, index }) {
  const found2 = await stat3(file).catch(() => void 0);
  if (found2) return;
  throw new UserError(`there is no model ${path}; the path is relative to ${loaded.folder}`, {
    position: positionOf(loaded, ["models", index, "path"])
  });
}
function checkBatches(loaded, { policy, path, index }, variants, inputs) {
  const axes = batchAxes(inputs);
  const fixed = inputs.find(({ name, dims }) => {
    const axis = axes[name];
    return axis !== void 0 && typeof dims[axis] === "number";
  });
  if (!fixed) return;
  const own = fixed.dims[axes[fixed.name]];
  const asked = [
    [policy.batch, ["models", index, "batch"]],
    ...loaded.policy.measure.batches.map((batch) => [batch, ["measure", "batches"]]),
    ...variants.flatMap(
      ({ level, options: { limits: limits2 } }) => limits2.latency ? [[limits2.latency.batch, ["levels", level, "limits", "latency", "batch"]]] : []
    )
  ];
  for (const [batch, at2] of asked) {
    if (batch === own) continue;
    throw new UserError(
      `batch ${batch} is not possible: input "${fixed.name}" of ${path} has a fixed batch of ${own}, [${fixed.dims.join(", ")}]; write ${own}, or export the model with a dynamic batch axis`,
      { position: positionOf(loaded, at2) }
    );
  }
}
function checkOutput(loaded, { policy, index }, outputs) {
  if (policy.output === void 0 || outputs.some(({ name }) => name === policy.output)) return;
  const names3 = outputs.map(({ name }) => name);
  throw new UserError(
    `the model has no output "${policy.output}"; it has ${names3.map((name) => `"${name}"`).join(", ")}`,
    {
      position: positionOf(loaded, ["models", index, "output"])
    }
  );
}
function isLabelFree(metric) {
  return typeof metric === "string" && metricTraits[metric].labelFree === true;
}
function refuseAccuracyLimits(loaded, entry, variants) {
  for (const { level, options } of variants) {
    if (!options.limits.accuracy) continue;
    throw new UserError(
      `${entry.name} has no validation data, so its accuracy cannot be measured; name \`data.validation\` or remove this limit`,
      { position: positionOf(loaded, ["levels", level, "limits", "accuracy"]) }
    );
  }
}

// src/engine/run.ts
import { rmdirSync, rmSync as rmSync2 } from "node:fs";
import { mkdir as mkdir11, rm as rm3 } from "node:fs/promises";
import { join as join28, resolve as resolve8 } from "node:path";

// src/heap.ts
import { setFlagsFromString } from "node:v8";
var growthPercent = 30;
var fixedNewSpace = "--semi-space-growth-factor=1";
function keepHeapSmall() {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
  setFlagsFromString(fixedNewSpace);
}

// src/measure/machine.ts
import { existsSync as existsSync4, readFileSync as readFileSync4 } from "node:fs";
import { arch, availableParallelism as availableParallelism2, cpus, loadavg, release, totalmem, type } from "node:os";

// src/runtime/cpus.ts
import { existsSync as existsSync3, readFileSync as readFileSync3 } from "node:fs";
import { setTimeout as delay2 } from "node:timers/promises";

// src/runtime/launch.ts
import { spawnSync } from "node:child_process";
import { existsSync as existsSync2 } from "node:fs";
import { delimiter, join as join7 } from "node:path";
function launchPrefix(cpus2) {
  if (process.platform !== "linux") return [];
  const setpriv = findProgram("setpriv");
  const taskset = cpus2 && findProgram("taskset");
  return [
    ...setpriv && setprivKnowsDeathSignal(setpriv) ? [setpriv, "--pdeathsig", "KILL"] : [],
    ...taskset ? [taskset, "-c", cpus2.join(",")] : []
  ];
}
function findProgram(name) {
  return (process.env["PATH"] ?? "").split(delimiter).map((folder) => join7(folder, name)).find((file) => existsSync2(file));
}
var deathSignal;
function setprivKnowsDeathSignal(setpriv) {
  deathSignal ??= spawnSync(setpriv, ["--pdeathsig", "KILL", "true"]).status === 0;
  return deathSignal;
}

// src/runtime/cpus.ts
var watchMs = 60;
async function chooseCpus(threads) {
  if (process.platform !== "linux" || threads < 1 || !findProgram("taskset")) return void 0;
  const allowed2 = parseCpuList(
    /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync3("/proc/self/status", "utf8"))?.[1] ?? ""
  );
  if (allowed2.length <= threads) return void 0;
  const before = idleTicks();
  await delay2(watchMs);
  const after = idleTicks();
  const cpus2 = allowed2.map((cpu) => ({
    cpu,
    frequency: Number(cpuFile(cpu, "cpufreq/cpuinfo_max_freq") ?? 0),
    idle: (after.get(cpu) ?? 0) - (before.get(cpu) ?? 0),
    core: cpuFile(cpu, "topology/thread_siblings_list") ?? String(cpu)
  }));
  cpus2.sort((a, b) => b.frequency - a.frequency || b.idle - a.idle || b.cpu - a.cpu);
  const first = cpus2.filter(({ core }, index) => cpus2.findIndex((other) => other.core === core) === index);
  const second = cpus2.filter((each) => !first.includes(each));
  return [...first, ...second].slice(0, threads).map(({ cpu }) => cpu).sort((a, b) => a - b);
}
function parseCpuList(text) {
  return text.split(",").filter(Boolean).flatMap((part) => {
    const [from, to = from] = part.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
function idleTicks() {
  const lines = readFileSync3("/proc/stat", "utf8").matchAll(/^cpu(\d+) (.*)$/gm);
  return new Map([...lines].map(([, cpu, ticks]) => [Number(cpu), Number(ticks.split(" ")[3])]));
}
function cpuFile(cpu, name) {
  const path = `/sys/devices/system/cpu/cpu${cpu}/${name}`;
  return existsSync3(path) ? readFileSync3(path, "utf8").trim() : void 0;
}

// src/measure/machine.ts
async function describeMachine(runtime) {
  const gpu = await gpuState();
  return {
    cpu: cpuModel(),
    isa: instructionSets(),
    cores: physicalCores(),
    memoryBytes: totalmem(),
    ...gpu && { gpu: gpu.name },
    os: `${type()} ${release()} ${arch()}`,
    node: process.version,
    onnxruntime: runtime.version
  };
}
async function describeEnvironment(ticks, { boundTo, oneThread }) {
  const governor = read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  const steal = stealSince(ticks);
  const gpu = await gpuState();
  return {
    ...governor && { governor },
    load: loadavg()[0],
    ...steal !== void 0 && { steal },
    ...boundTo && { boundTo: [...boundTo] },
    ...oneThread !== void 0 && { oneThread },
    ...gpu && { gpu }
  };
}
function worstOf(environments) {
  const [first] = environments;
  if (!first) return void 0;
  const steals = environments.flatMap(({ steal }) => steal ?? []);
  const gpus = environments.flatMap(({ gpu }) => gpu ?? []);
  const oneThread = environments.flatMap((each) => each.oneThread ?? []);
  const hottest = gpus.toSorted((a, b) => b.temperatureC - a.temperatureC)[0];
  return {
    ...first,
    load: Math.max(...environments.map(({ load }) => load)),
    ...steals.length > 0 && { steal: Math.max(...steals) },
    ...oneThread.length > 0 && { oneThread: Math.min(...oneThread) },
    ...hottest && { gpu: hottest }
  };
}
function cpuTicks() {
  const line = /^cpu +(.*)$/m.exec(read("/proc/stat") ?? "")?.[1];
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, steal = 0] = line?.split(" ").map(Number) ?? [];
  return { total: user + nice + system + idle + wait + irq + soft + steal, steal };
}
function stealSince(before) {
  const now = cpuTicks();
  return now.total > before.total ? (now.steal - before.steal) / (now.total - before.total) : void 0;
}
function physicalCores() {
  const allowed2 = /^Cpus_allowed_list:\s*(\S+)/m.exec(read("/proc/self/status") ?? "")?.[1];
  if (!allowed2) return availableParallelism2();
  const siblings = parseCpuList(allowed2).map(
    (cpu) => read(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`) ?? String(cpu)
  );
  return Math.max(1, Math.min(new Set(siblings).size, Math.ceil(cpuQuota())));
}
function cpuQuota() {
  const [quota, period] = read("/sys/fs/cgroup/cpu.max")?.split(" ") ?? [
    read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
    read("/sys/fs/cgroup/cpu/cpu.cfs_period_us")
  ];
  const cores = Number(quota) / Number(period);
  return cores > 0 ? cores : Number.POSITIVE_INFINITY;
}
function cpuModel() {
  const model = cpus()[0]?.model.trim();
  return model || /^CPU part\s*:\s*(\S+)/m.exec(read("/proc/cpuinfo") ?? "")?.[0] || `unknown ${arch()}`;
}
var telling = ["avx2", "avx512f", "avx_vnni", "avx512_vnni", "amx_int8", "asimddp", "i8mm", "sve"];
function instructionSets() {
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(read("/proc/cpuinfo") ?? "")?.[1]?.split(" ") ?? [];
  const found2 = telling.filter((flag) => flags.includes(flag));
  return [`${arch()}${found2.length > 0 ? ":" : ""}`, ...found2].join(" ");
}
function read(path) {
  return existsSync4(path) ? readFileSync4(path, "utf8").trim() : void 0;
}

// src/engine/base-policy.ts
var import_picomatch = __toESM(require_picomatch(), 1);
import { existsSync as existsSync5, globSync } from "node:fs";
import { resolve as resolve5 } from "node:path";

// src/policy/changes.ts
function describeChanges(base, head) {
  const [before, after] = [byName(base), byName(head)];
  const lower = new Set(head.models.map(lowerIsBetter));
  const changes = difference(before, after, []).map((change) => {
    if (change.minimum && lower.has(true)) {
      return { ...change, loosened: lower.size > 1 || change.minimum === "raised" };
    }
    return change.newLevel && head.gate.require === "any" ? { ...change, loosened: true } : change;
  });
  return [...changes.filter(({ loosened }) => loosened), ...changes.filter(({ loosened }) => !loosened)].map(
    ({ loosened, text }) => loosened ? `loosened: ${text}` : text
  );
}
function byName(policy) {
  const nameOf2 = (model) => model.name ?? defaultName(model.path);
  const names3 = policy.models.map(nameOf2);
  const keyOf2 = (model) => {
    const name = nameOf2(model);
    return names3.indexOf(name) === names3.lastIndexOf(name) ? name : model.path;
  };
  return { ...policy, models: Object.fromEntries(policy.models.map((model) => [keyOf2(model), model])) };
}
function difference(before, after, path) {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isRecord(before) && isRecord(after) && !isSource(path)) {
    const keys2 = [.../* @__PURE__ */ new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys2.flatMap((key2) => difference(before[key2], after[key2], [...path, key2]));
  }
  const where = formatPath(path);
  const loosened = loosens(path, before, after);
  if (before === void 0) {
    if (isRecord(after) && isLimit(path)) return expand(after, path, (value, at2) => difference(void 0, value, at2));
    return [{ loosened, text: `${where} added: ${show(after)}`, ...isLevel(path) && { newLevel: true } }];
  }
  if (after === void 0) {
    if (isRecord(before) && isLimit(path)) return expand(before, path, (value, at2) => difference(value, void 0, at2));
    return [{ loosened, text: `${where} removed (was ${show(before)})` }];
  }
  const minimum = path.at(-2) === "accuracy" && path.at(-1) === "min" && typeof before === "number" && typeof after === "number" ? { minimum: after > before ? "raised" : "lowered" } : {};
  return [{ loosened, text: `${where} from ${show(before)} to ${show(after)}`, ...minimum }];
}
function expand(map2, path, tell) {
  return Object.entries(map2).flatMap(([key2, value]) => tell(value, [...path, key2]));
}
var isSource = (path) => path.length === 4 && path[2] === "data" && path[3] !== "preprocess";
var isLevel = (path) => path.length === 2 && path[0] === "levels";
var isLimit = (path) => path.includes("limits") || formatPath(path).startsWith("gate.regression");
function loosens(path, before, after) {
  const key2 = String(path.at(-1));
  const where = formatPath(path);
  if (isLimit(path)) {
    if (key2 === "at" || key2 === "batch") return before !== void 0 && after !== void 0;
    if (after === void 0) return before !== void 0;
    if (before === void 0 || typeof before !== "number" || typeof after !== "number") return false;
    return key2.startsWith("min") ? after < before : after > before;
  }
  if (where === "gate.require") return requires(before) && !covers(after, before);
  if (where === "gate.on-inconclusive") return strictness(after) < strictness(before);
  if (where === "gate.confidence") return typeof before === "number" && typeof after === "number" && after < before;
  if (where === "gate.limits-from") return after === "head";
  if (path.length === 2 && path[0] === "models") return after === void 0;
  if (isLevel(path)) return after === void 0 || after.stop;
  if (path.length === 3 && path[0] === "levels" && key2 === "stop") return after === true;
  if (where === "targets")
    return Array.isArray(before) && Array.isArray(after) && before.some((each) => !after.includes(each));
  if (path[0] === "models") {
    const rest = path.slice(2).join(".");
    return ["task", "output", "border", "data.validation"].includes(rest) || /^(metric|decoder)\b/.test(rest);
  }
  return false;
}
var requires = (value) => value === "any" || value === "all" || Array.isArray(value);
function covers(after, before) {
  if (after === "all") return true;
  if (before === "all" || after === "any") return false;
  if (before === "any") return Array.isArray(after);
  return Array.isArray(after) && Array.isArray(before) && before.every((level) => after.includes(level));
}
function strictness(value) {
  return ["warn", "estimate", "fail"].indexOf(String(value));
}

// src/engine/base-policy.ts
function effectivePolicy(head, base) {
  if (!base) return { loaded: head };
  if (base.policyText === void 0) {
    return { loaded: head, status: `${base.ref} has no policy at this path; the limits of this pull request count` };
  }
  let before;
  try {
    before = parsePolicy(base.policyText, {
      path: `${head.path} at ${base.ref}`,
      folder: head.folder,
      root: head.root
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (base.limitsFrom === "base") throw error;
    return { loaded: head, status: `the policy of ${base.ref} is not valid, so it was not compared` };
  }
  const changes = describeChanges(before.policy, head.policy);
  if ((base.limitsFrom ?? before.policy.gate["limits-from"]) !== "base") {
    return { loaded: head, changes, before: before.policy };
  }
  const { gate, targets: targets2 } = before.policy;
  const models = [...head.policy.models, ...leftOut(before.policy, head)];
  const levels = heldLevels(before.policy, head.policy);
  return {
    loaded: { ...head, policy: { ...head.policy, gate, targets: targets2, levels, models } },
    changes,
    before: before.policy,
    status: `the levels, their limits, the targets and the gate's rule are those of ${base.ref}`
  };
}
function heldLevels(base, head) {
  const held = (level) => {
    const [before, own] = [base.levels[level], head.levels[level]];
    if (before) return { [level]: { ...before, ...own, limits: before.limits, stop: before.stop } };
    return own && base.gate.require !== "any" ? { [level]: { ...own, stop: false } } : {};
  };
  return { ...held(1), ...held(2), ...held(3) };
}
function leftOut(base, { policy: head, folder }) {
  const isNamed = ({ path, name }) => head.models.some((model) => model.path === path || name !== void 0 && model.name === name);
  const isThere = ({ path }) => import_picomatch.default.scan(path).isGlob ? globSync(path, { cwd: folder }).length > 0 : existsSync5(resolve5(folder, path));
  return base.models.filter((model) => !isNamed(model) && isThere(model));
}
function describeBase(options, effective) {
  const { base } = options;
  if (!base) return {};
  return { base: { ref: base.ref, sha: base.sha, status: effective.status ?? "compared on this machine" } };
}

// src/engine/clock.ts
var StageClock = class {
  #seconds = /* @__PURE__ */ new Map();
  #inRuntime = /* @__PURE__ */ new Map();
  async time(stage, work) {
    const begin = performance.now();
    const before = { ...runtimeTime };
    try {
      return await work();
    } finally {
      this.#seconds.set(stage, (this.#seconds.get(stage) ?? 0) + (performance.now() - begin) / 1e3);
      const { run, load } = this.#inRuntime.get(stage) ?? { run: 0, load: 0 };
      this.#inRuntime.set(stage, {
        run: run + (runtimeTime.runMs - before.runMs) / 1e3,
        load: load + (runtimeTime.loadMs - before.loadMs) / 1e3
      });
    }
  }
  get seconds() {
    return Object.fromEntries([...this.#seconds].map(([stage, seconds2]) => [stage, rounded(seconds2)]));
  }
  get inRuntime() {
    return Object.fromEntries(
      [...this.#inRuntime].map(([stage, { run, load }]) => [stage, { run: rounded(run), load: rounded(load) }])
    );
  }
};
var rounded = (seconds2) => Math.round(seconds2 * 1e3) / 1e3;

// src/engine/model.ts
import { mkdir as mkdir10 } from "node:fs/promises";
import { join as join27 } from "node:path";

// src/data/materialize.ts
import { createHash as createHash3 } from "node:crypto";
import { existsSync as existsSync6, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname as dirname4, join as join8 } from "node:path";
async function materialize(dataset, file, progress = silent) {
  return writeOnce(dataset, await dataset.cacheKey?.(), file, progress);
}
async function materializeIn(folder, dataset, progress = silent) {
  const key2 = await dataset.cacheKey?.();
  const name = key2 ?? sha256(dataset.description);
  return writeOnce(dataset, key2, join8(folder, `${name.slice(0, 32)}.feeds`), progress);
}
async function writeOnce(dataset, key2, file, progress) {
  const cached = key2 === void 0 ? void 0 : openCached(file, key2);
  if (cached) {
    progress.note(`${dataset.description}: decoded before, taken from the cache`);
    return cached;
  }
  const stage = progress.stage(`decoding ${dataset.description}`, dataset.size, "samples");
  await mkdir(dirname4(file), { recursive: true });
  const { classes } = dataset;
  const writer = new StoreWriter(file, {
    ...key2 !== void 0 && { key: key2 },
    ...classes && { classes: [...classes] }
  });
  try {
    for await (const { id, inputs, label } of dataset.samples()) {
      writer.add(writeSample(writer, id, inputs, label));
      stage.advance(1, id);
    }
    const index = writer.finish();
    stage.done();
    return storeOf(file, index);
  } finally {
    writer.abandon();
  }
}
function openCached(file, key2) {
  if (!existsSync6(file) || !existsSync6(`${file}.json`)) return void 0;
  const index = readIndexOrNone(file);
  return index?.key === key2 && statSync(file).size === index.bytes ? storeOf(file, index) : void 0;
}
function readIndexOrNone(file) {
  try {
    return readIndex(file);
  } catch {
    return void 0;
  }
}
function writeSample(writer, id, inputs, label) {
  const stored2 = {};
  const hash = createHash3("sha256");
  for (const [name, tensor] of Object.entries(inputs)) {
    stored2[name] = writer.write(tensor);
    hash.update(`${name} ${tensor.type} ${tensor.dims.join()} `).update(tensorBytes(tensor));
  }
  return { id, inputs: stored2, digest: hash.digest("hex"), ...label && { label: writeLabel(writer, label) } };
}
function writeLabel(writer, label) {
  if (label.kind !== "tensor") return label;
  return { kind: "tensor", stored: writer.write(label.tensor), digest: sha256(tensorBytes(label.tensor)) };
}
function sharedSamples(first, second) {
  const known = new Map(first.samples.map(({ digest, id }) => [digest, id]));
  return second.samples.flatMap(({ digest, id }) => {
    const same = known.get(digest);
    return same === void 0 ? [] : [{ first: same, second: id }];
  });
}

// src/measure/metrics/boxes.ts
var detectionWidth = 6;
var detectionsOutput = "detections";
function iou(a, aStart, b, bStart, crowd = false) {
  const [ax0, ay0, ax1, ay1] = corners(a, aStart);
  const [bx0, by0, bx1, by1] = corners(b, bStart);
  const width = Math.min(ax1, bx1) - Math.max(ax0, bx0);
  const height = Math.min(ay1, by1) - Math.max(ay0, by0);
  if (!(width > 0 && height > 0)) return 0;
  const intersection = width * height;
  const own = (ax1 - ax0) * (ay1 - ay0);
  return intersection / (crowd ? own : own + (bx1 - bx0) * (by1 - by0) - intersection);
}
function corners(values, start) {
  return [values[start], values[start + 1], values[start + 2], values[start + 3]];
}
function byScore(scores) {
  return Array.from({ length: scores.length }, (_, index) => index).sort(
    (a, b) => scores[b] - scores[a] || a - b
  );
}
function suppress(boxes, scores, overlap, most4) {
  const kept2 = [];
  for (const candidate of byScore(scores)) {
    if (kept2.length === most4) break;
    if (kept2.every((better2) => iou(boxes, candidate * 4, boxes, better2 * 4) <= overlap)) kept2.push(candidate);
  }
  return kept2;
}

// src/measure/metrics/read.ts
function numbers(tensor) {
  const { type: type2, data } = tensor;
  if (type2 === "string" || Array.isArray(data)) throw new UserError("an output of strings cannot be scored");
  if (type2 === "float16") return Float64Array.from(data, halfToNumber);
  if (type2 === "int64" || type2 === "uint64") return Float64Array.from(data, Number);
  return data;
}
var layoutOf = ({ dims }) => dims.filter((dim) => dim !== 1);
function outputOf(context, outputs) {
  const tensor = outputs[context.output];
  if (!tensor) {
    throw new UserError(
      `output: the model has no output "${context.output}"; it has ${Object.keys(outputs).map((name) => `"${name}"`).join(", ")}`
    );
  }
  return tensor;
}
function argmax(values, start, count2, stride = 1) {
  let best = 0;
  let largest = values[start];
  if (Number.isNaN(largest)) return -1;
  for (let index = 1; index < count2; index++) {
    const value = values[start + index * stride];
    if (Number.isNaN(value)) return -1;
    if (value > largest) {
      best = index;
      largest = value;
    }
  }
  return best;
}
function logSoftmax(values, start, count2, distribution2) {
  const out = new Float64Array(count2);
  if (distribution2) {
    for (let index = 0; index < count2; index++)
      out[index] = Math.log(Math.max(values[start + index], leastProbability));
    return out;
  }
  let largest = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < count2; index++) largest = Math.max(largest, values[start + index]);
  let sum2 = 0;
  for (let index = 0; index < count2; index++) sum2 += Math.exp(values[start + index] - largest);
  const shift = largest + Math.log(sum2);
  for (let index = 0; index < count2; index++) out[index] = values[start + index] - shift;
  return out;
}
var leastProbability = 2 ** -24;
function classLabels2(label, metric) {
  switch (label?.kind) {
    case "class":
      return [label.index];
    case "values":
      return label.values;
    case "tensor":
      return numbers(label.tensor);
    case "boxes":
      throw new UserError(`metric ${metric} needs a class as label, the data has boxes`);
    default:
      throw new UserError(`metric ${metric} needs labels`);
  }
}
function valueLabels(label, metric) {
  if (label?.kind === "boxes") throw new UserError(`metric ${metric} needs numbers as label, the data has boxes`);
  return classLabels2(label, metric);
}
function classScores(context, outputs, labels, metric) {
  const tensor = outputOf(context, outputs);
  const { type: type2, dims } = tensor;
  const values = numbers(tensor);
  const classes = values.length / labels.length;
  if (classes === 1) {
    const kind = type2.startsWith("float") ? "binary" : "index";
    const most4 = kind === "index" ? Number.POSITIVE_INFINITY : 2;
    return { values, labels, kind, classes: most4, classStride: 1, positionStride: 1 };
  }
  if (context.task === "segmentation" && dims.length >= 3 && dims[1] === classes) {
    return { values, labels, kind: "scores", classes, classStride: labels.length, positionStride: 1 };
  }
  if (dims.at(-1) === classes) {
    return { values, labels, kind: "scores", classes, classStride: 1, positionStride: classes };
  }
  throw new UserError(
    `metric ${metric}: output "${context.output}" is [${dims}] for ${counted(labels.length, "label")} of a sample; expected the classes along the last axis, or one value for each label`
  );
}
function threshold({ traits: { min: min2, max } }) {
  return min2 >= 0 && max <= 1 ? 0.5 : 0;
}
function predictedClass(context, scores, position) {
  const { values, kind, classes, classStride, positionStride } = scores;
  if (kind === "scores") return argmax(values, position * positionStride, classes, classStride);
  const value = values[position];
  if (kind === "index" || Number.isNaN(value)) return Number.isNaN(value) ? -1 : value;
  return value > threshold(context) ? 1 : 0;
}
function counts(context, label) {
  return label !== -100 && !(context.task === "segmentation" && label === 255);
}
function checkClass(label, { classes }, metric) {
  if (Number.isInteger(label) && label >= 0 && label < classes) return;
  const known = Number.isFinite(classes) ? `; the output has ${classes} classes, 0 to ${classes - 1}` : "";
  throw new UserError(`metric ${metric}: label ${label} is not a class${known}`);
}
function classAxes({ dims }, task) {
  const last = dims.length - 1;
  return task === "segmentation" && dims.length >= 3 ? [1, last] : [last];
}
function outputTraits(outputs, task) {
  const traits = {
    elements: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    distributions: true
  };
  let first = true;
  for (const tensor of outputs) {
    const values = numbers(tensor);
    if (first) traits.elements = values.length;
    first = false;
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (value < traits.min) traits.min = value;
      if (value > traits.max) traits.max = value;
    }
    if (traits.min < 0 || !classAxes(tensor, task).some((axis) => sumsToOne(values, tensor.dims, axis))) {
      traits.distributions = false;
    }
  }
  return traits;
}
function sumsToOne(values, dims, axis) {
  const classes = dims[axis] ?? 1;
  if (classes < 2) return false;
  const stride = sizeOf(dims.slice(axis + 1));
  for (let start = 0; start < values.length; start += classes * stride) {
    for (let position = start; position < start + stride; position++) {
      let sum2 = 0;
      for (let index = 0; index < classes; index++) sum2 += values[position + index * stride];
      if (Math.abs(sum2 - 1) > 1e-3) return false;
    }
  }
  return true;
}

// src/measure/metrics/decode.ts
var mostDetections = 300;
var scoreThreshold = 1e-3;
var suppressionOverlap = 0.6;
function decodeBoxes({ detection = {}, traits }, outputs, label) {
  const boxesTensor = named2(outputs, "boxes", detection.boxes ?? "boxes");
  const scoresTensor = named2(outputs, "scores", detection.scores ?? "scores");
  const classesName = detection.classes ?? ["labels", "classes"].find((name) => name in outputs);
  const boxes = numbers(boxesTensor);
  const scores = numbers(scoresTensor);
  const count2 = boxes.length / 4;
  if (boxesTensor.dims.at(-1) !== 4 || scores.length % count2 !== 0 && count2 > 0) {
    throw new UserError(
      `decoder: boxes are [${boxesTensor.dims}] and scores [${scoresTensor.dims}]; expected [1, N, 4] and [1, N] or [1, N, classes]. Raw heads need \`decoder: { command: ... }\`.`
    );
  }
  const found2 = [];
  if (classesName !== void 0 || scores.length === count2) {
    const classes = classesName === void 0 ? void 0 : numbers(named2(outputs, "classes", classesName));
    for (const index of byScore(scores).slice(0, mostDetections)) {
      found2.push(classes?.[index] ?? 0, scores[index], ...corners2(boxes, index));
    }
  } else {
    const width = scores.length / count2;
    for (let classIndex = 0; classIndex < width; classIndex++) {
      const above = [];
      for (let index = 0; index < count2; index++) {
        if (scores[index * width + classIndex] >= scoreThreshold) above.push(index);
      }
      const own = above.map((index) => scores[index * width + classIndex]);
      const candidates = above.flatMap((index) => corners2(boxes, index));
      for (const kept2 of suppress(candidates, own, suppressionOverlap, mostDetections)) {
        found2.push(classIndex, own[kept2], ...corners2(candidates, kept2));
      }
    }
  }
  return detectionOutputs(toOriginal(Float64Array.from(found2), detection, traits.max <= 2, label));
}
function detectionOutputs(detections) {
  return {
    [detectionsOutput]: {
      type: "float64",
      dims: [detections.length / detectionWidth, detectionWidth],
      data: detections
    }
  };
}
function named2(outputs, role, name) {
  const tensor = outputs[name];
  if (tensor) return tensor;
  throw new UserError(
    `decoder: ${role}: the model has no output "${name}"; it has ${Object.keys(outputs).map((each) => `"${each}"`).join(", ")}`
  );
}
function corners2(boxes, index) {
  return Array.from({ length: 4 }, (_, side) => boxes[index * 4 + side]);
}
function toOriginal(detections, detection, fractions3, label) {
  if (label?.kind !== "boxes") throw new UserError("detection needs boxes as labels");
  const geometry = imageGeometry(detection.preprocess ?? {}, label.width, label.height);
  for (let start = 0; start < detections.length; start += detectionWidth) {
    for (let side = 0; side < 4; side++) {
      const [size, scale, offset] = side % 2 === 0 ? [geometry.width, geometry.scaleX, geometry.offsetX] : [geometry.height, geometry.scaleY, geometry.offsetY];
      const value = detections[start + 2 + side] * (fractions3 ? size : 1);
      detections[start + 2 + side] = (value - offset) / scale;
    }
  }
  return detections;
}

// src/measure/metrics/decode-command.ts
import { readFile as readFile7 } from "node:fs/promises";

// src/measure/metrics/exchange.ts
import { join as join9 } from "node:path";
var mostBytes = 2 ** 30;
async function writeOutputs(path, samples5) {
  await writeArrays(path, stackAll(samples5));
}
async function writeLabels(path, labels) {
  const first = labels.find((label) => label !== void 0);
  if (!first) return writeArrays(path, {});
  const same = labels.filter((label) => label?.kind === first.kind);
  if (same.length !== labels.length) throw new UserError("some samples have labels of another kind, or none");
  if (first.kind === "boxes") return writeArrays(path, boxArrays(same));
  if (first.kind === "class") {
    const data = BigInt64Array.from(same, ({ index }) => BigInt(index));
    return writeArrays(path, { labels: { type: "int64", dims: [data.length], data } });
  }
  return writeArrays(path, stackAll(same.map((label) => ({ labels: labelTensor2(label) }))));
}
async function writeSamples(path, samples5) {
  const rows3 = samples5.map(({ id, label }) => ({
    id,
    ...label?.kind === "boxes" && { width: label.width, height: label.height }
  }));
  await writeAtomic(path, JSON.stringify(rows3));
}
function exchangeFiles(folder) {
  return {
    QUANT_GATE_OUTPUTS: join9(folder, "outputs.npz"),
    QUANT_GATE_LABELS: join9(folder, "labels.npz"),
    QUANT_GATE_SAMPLES: join9(folder, "samples.json"),
    QUANT_GATE_OUTPUT: join9(folder, "output.json")
  };
}
async function writeArrays(path, arrays) {
  const bytes2 = Object.values(arrays).reduce((sum2, { data }) => sum2 + ("byteLength" in data ? data.byteLength : 0), 0);
  if (bytes2 > mostBytes) {
    throw new UserError(
      `the outputs take ${(bytes2 / 2 ** 30).toFixed(1)} GiB, more than the 1 GiB that a command is given; name the one it reads with \`output\`, or use fewer samples`
    );
  }
  await writeNpz(path, arrays);
}
function stackAll(samples5) {
  const arrays = {};
  for (const name of Object.keys(samples5[0] ?? {})) {
    const tensors = samples5.map((sample) => sample[name]);
    const first = tensors[0];
    if (tensors.every(({ dims }) => dims.join() === first.dims.join()) && first.type !== "string") {
      arrays[name] = stack(tensors);
    } else {
      for (const [index, tensor] of tensors.entries()) arrays[`${name}[${index}]`] = tensor;
    }
  }
  return arrays;
}
function stack(tensors) {
  const { type: type2, dims, data } = tensors[0];
  const joined3 = new arrayTypes[type2](
    new ArrayBuffer(data.byteLength * tensors.length)
  );
  for (const [index, tensor] of tensors.entries()) joined3.set(tensor.data, index * data.length);
  const shape = dims[0] === 1 ? dims.slice(1) : dims;
  return { type: type2, dims: [tensors.length, ...shape], data: joined3 };
}
function labelTensor2(label) {
  if (label.kind === "tensor") return label.tensor;
  const values = label.kind === "values" ? label.values : [];
  return { type: "float64", dims: [values.length], data: Float64Array.from(values) };
}
function boxArrays(labels) {
  const rows3 = labels.flatMap(({ boxes }, image2) => boxes.map((box) => ({ image: image2, box })));
  const column = (read2) => ({
    type: "int64",
    dims: [rows3.length],
    data: BigInt64Array.from(rows3, (row2) => BigInt(read2(row2)))
  });
  return {
    boxes: {
      type: "float64",
      dims: [rows3.length, 4],
      data: Float64Array.from(rows3.flatMap(({ box }) => [box.x0, box.y0, box.x1, box.y1]))
    },
    classes: column(({ box }) => box.classIndex),
    crowd: column(({ box }) => Number(box.crowd ?? false)),
    image: column(({ image: image2 }) => image2),
    sizes: {
      type: "int64",
      dims: [labels.length, 2],
      data: BigInt64Array.from(labels.flatMap(({ width, height }) => [BigInt(width), BigInt(height)]))
    }
  };
}

// src/measure/metrics/decode-command.ts
var chunkBytes = 256 * 2 ** 20;
var detectionRow = tuple([int().min(0), number(), number(), number(), number(), number()]);
var detectionLists = array(array(detectionRow));
async function* decodeByCommand(command, run, outputs, samples5) {
  let chunk = [];
  let bytes2 = 0;
  let done = 0;
  const flush = async () => {
    const decoded2 = await decodeChunk(command, run, chunk, samples5.slice(done, done + chunk.length));
    done += chunk.length;
    chunk = [];
    bytes2 = 0;
    return decoded2;
  };
  for await (const sample of outputs) {
    chunk.push(sample);
    for (const { data } of Object.values(sample)) bytes2 += "byteLength" in data ? data.byteLength : 0;
    if (bytes2 >= chunkBytes) yield* await flush();
  }
  if (chunk.length > 0) yield* await flush();
}
function decodeChunk(command, run, outputs, samples5) {
  return withTemporaryFolder(async (folder) => {
    const { QUANT_GATE_LABELS: _, ...env } = exchangeFiles(folder);
    await writeOutputs(env.QUANT_GATE_OUTPUTS, outputs);
    await writeSamples(env.QUANT_GATE_SAMPLES, samples5);
    await run(command, { what: "decoder", env });
    const lists = await readDetections(env.QUANT_GATE_OUTPUT);
    if (lists.length !== samples5.length) {
      throw new UserError(
        `decoder: the command wrote detections of ${lists.length} samples, it was given ${samples5.length}`
      );
    }
    return lists.map((rows3) => detectionOutputs(Float64Array.from(rows3.flat())));
  });
}
async function readDetections(path) {
  const text = await readFile7(path, "utf8").catch((cause) => {
    throw new UserError("decoder: the command wrote no file to the path in QUANT_GATE_OUTPUT", { cause });
  });
  let json;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`decoder: the command wrote no JSON: ${cause.message}`, { cause });
  }
  const parsed = detectionLists.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path: place, message } = parsed.error.issues[0];
  throw new UserError(
    `decoder: expected for each sample a list of [class, score, x0, y0, x1, y1]; at [${place.join("][")}]: ${message}`
  );
}

// src/measure/metrics/metric.ts
function countClasses(size, samples5) {
  const counts2 = new Array(size).fill(0);
  for (const classes of samples5) {
    for (const index of new Set(classes)) if (index >= 0 && index < size) counts2[index] = counts2[index] + 1;
  }
  return counts2;
}
function ratioOfSums(records, finish = (ratio) => ratio) {
  const sums = Float64Array.from(records, ({ sum: sum2 }) => sum2);
  const counts2 = Float64Array.from(records, ({ count: count2 }) => count2);
  return {
    cost: 3 * records.length,
    evaluate(weights) {
      let numerator = 0;
      let denominator = 0;
      for (let index = 0; index < sums.length; index++) {
        const weight = weights[index];
        if (weight === 0) continue;
        numerator += weight * sums[index];
        denominator += weight * counts2[index];
      }
      return finish(numerator / denominator);
    }
  };
}

// src/measure/metrics/top-k.ts
function topK(name, k) {
  return {
    name,
    direction: "higher",
    labels: "required",
    record: (context, outputs, label) => hits(context, classScores(context, outputs, classLabels2(label, name), name), name, k),
    outcome,
    classOf,
    discrete: true,
    estimator: (records) => ratioOfSums(records)
  };
}
function hits(context, scores, name, k) {
  const { labels } = scores;
  const record2 = { sum: 0, count: 0, label: labels[0] };
  for (let position = 0; position < labels.length; position++) {
    const label = labels[position];
    if (!counts(context, label)) continue;
    checkClass(label, scores, name);
    record2.count++;
    const right = k === 1 ? predictedClass(context, scores, position) === label : rank(context, scores, position) < k;
    if (right) record2.sum++;
  }
  return record2;
}
function rank(context, scores, position) {
  const { values, labels, kind, classes, classStride, positionStride } = scores;
  const label = labels[position];
  const predicted = predictedClass(context, scores, position);
  if (predicted === -1) return Number.POSITIVE_INFINITY;
  if (kind === "index") return predicted === label ? 0 : Number.POSITIVE_INFINITY;
  if (kind === "binary") return predicted === label ? 0 : 1;
  const base = position * positionStride;
  const own = values[base + label * classStride];
  let before = 0;
  for (let index = 0; index < classes; index++) {
    const value = values[base + index * classStride];
    if (value > own || value === own && index < label) before++;
  }
  return before;
}
var outcome = ({ sum: sum2, count: count2 }) => count2 === 1 ? sum2 === 1 ? 1 : 0 : void 0;
var classOf = ({ label, count: count2 }) => count2 === 1 ? label : void 0;

// src/measure/metrics/accuracy.ts
var accuracy = topK("accuracy", 1);

// src/measure/metrics/agreement.ts
var agreement = {
  name: "agreement",
  direction: "higher",
  labels: "none",
  record(context, outputs, _label, reference) {
    const own = unlabelled(context, outputs, "agreement");
    const other = unlabelled(context, reference, "agreement");
    const counts2 = [own.labels.length, other.labels.length];
    const record2 = { sum: 0, count: Math.max(...counts2), label: Number.NaN };
    for (let position = 0; position < Math.min(...counts2); position++) {
      const predicted = predictedClass(context, own, position);
      if (predicted !== -1 && predicted === predictedClass(context, other, position)) record2.sum++;
    }
    return record2;
  },
  outcome,
  discrete: true,
  estimator: (records) => ratioOfSums(records)
};
function unlabelled(context, outputs, metric) {
  const { type: type2, dims } = outputOf(context, outputs);
  const size = dims.reduce((product2, dim) => product2 * dim, 1);
  const axis = context.task === "segmentation" && dims.length >= 4 ? 1 : dims.length - 1;
  const positions2 = type2.startsWith("float") ? size / (dims[axis] ?? 1) : size;
  return classScores(context, outputs, { length: positions2 }, metric);
}

// src/measure/metrics/auc.ts
var auc = {
  name: "auc",
  direction: "higher",
  labels: "required",
  record(context, outputs, label) {
    const scores = classScores(context, outputs, classLabels2(label, "auc"), "auc");
    const { values, kind, classes, classStride, positionStride } = scores;
    if (kind === "index") throw new UserError("metric auc needs scores, the output is a class");
    const width = classes === 2 ? 1 : classes;
    const labels = [];
    const kept2 = [];
    for (let position = 0; position < scores.labels.length; position++) {
      const expected = scores.labels[position];
      if (!counts(context, expected)) continue;
      checkClass(expected, scores, "auc");
      labels.push(expected);
      const base = position * positionStride;
      if (kind === "binary") kept2.push(values[base]);
      else if (width === 1) kept2.push(values[base + classStride] - values[base]);
      else {
        const row2 = Float64Array.from({ length: classes }, (_, index) => values[base + index * classStride]);
        kept2.push(...context.traits.distributions ? row2 : logSoftmax(row2, 0, classes, false));
      }
    }
    return { labels, scores: Float64Array.from(kept2), width };
  },
  estimator(records) {
    const width = records[0]?.width ?? 1;
    const positives = width === 1 ? [1] : Array.from({ length: width }, (_, index) => index);
    const curves = positives.map((positive, column) => sortedCurve(records, column, positive));
    return {
      cost: 4 * curves.reduce((sum2, curve) => sum2 + curve.sample.length, 0),
      evaluate(weights) {
        let sum2 = 0;
        for (const curve of curves) sum2 += area(curve, weights);
        return sum2 / curves.length;
      }
    };
  }
};
function sortedCurve(records, column, positive) {
  const items = [];
  for (const [sample, { labels, scores, width }] of records.entries()) {
    for (const [position, label] of labels.entries()) {
      const score2 = scores[position * width + column];
      const isPositive = label === positive;
      const worst2 = isPositive ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      items.push({ sample, positive: isPositive, score: Number.isNaN(score2) ? worst2 : score2 });
    }
  }
  items.sort((a, b) => a.score === b.score ? a.sample - b.sample : a.score > b.score ? -1 : 1);
  return {
    sample: Int32Array.from(items, (item) => item.sample),
    positive: Uint8Array.from(items, (item) => Number(item.positive)),
    opens: Uint8Array.from(items, (item, index) => Number(index === 0 || item.score !== items[index - 1]?.score))
  };
}
function area({ sample, positive, opens }, weights) {
  let above = 0;
  let tied = 0;
  let tiedNegatives = 0;
  let negatives = 0;
  let pairs = 0;
  for (let index = 0; index < sample.length; index++) {
    if (opens[index]) {
      pairs += tiedNegatives * (above + tied / 2);
      above += tied;
      negatives += tiedNegatives;
      tied = 0;
      tiedNegatives = 0;
    }
    const weight = weights[sample[index]];
    if (positive[index]) tied += weight;
    else tiedNegatives += weight;
  }
  pairs += tiedNegatives * (above + tied / 2);
  return pairs / ((above + tied) * (negatives + tiedNegatives));
}

// src/measure/metrics/cosine.ts
var cosine = {
  name: "cosine",
  direction: "higher",
  labels: "optional",
  record(context, outputs, label, reference) {
    const [tensor, fp32] = [outputOf(context, outputs), outputOf(context, reference)];
    if (layoutOf(tensor).join() !== layoutOf(fp32).join()) return { sum: -1, count: 1 };
    const values = numbers(tensor);
    const expected = vectorLabel(label, values.length) ?? numbers(fp32);
    let dot = 0;
    let own = 0;
    let other = 0;
    for (let index = 0; index < values.length; index++) {
      const a = values[index];
      const b = expected[index];
      dot += a * b;
      own += a * a;
      other += b * b;
    }
    const similarity = own === 0 && other === 0 ? 1 : own === 0 || other === 0 ? 0 : dot / Math.sqrt(own * other);
    return { sum: Number.isNaN(similarity) ? -1 : similarity, count: 1 };
  },
  estimator: (records) => ratioOfSums(records)
};
function vectorLabel(label, length) {
  if (label?.kind !== "values" && label?.kind !== "tensor") return void 0;
  const values = valueLabels(label, "cosine");
  return values.length === length && length > 1 ? values : void 0;
}

// src/measure/metrics/f1.ts
var f1 = {
  name: "f1",
  direction: "higher",
  labels: "required",
  record(context, outputs, label) {
    const scores = classScores(context, outputs, classLabels2(label, "f1"), "f1");
    const pairs = [];
    for (let position = 0; position < scores.labels.length; position++) {
      const expected = scores.labels[position];
      if (!counts(context, expected)) continue;
      checkClass(expected, scores, "f1");
      pairs.push(expected, predictedClass(context, scores, position));
    }
    return { pairs: Int32Array.from(pairs), classes: scores.classes };
  },
  classCounts: (records) => countClasses(
    classesOf(records),
    records.map(({ pairs }) => pairs.filter((_, index) => index % 2 === 0))
  ),
  discrete: true,
  estimator(records, fp32 = records) {
    const binary2 = classesOf(fp32) === 2;
    const size = binary2 ? 2 : classesOf(records);
    const cells = records.map(({ pairs }) => pairs);
    return {
      cost: cells.reduce((sum2, pairs) => sum2 + pairs.length, 0) + 4 * size,
      evaluate(weights, classes) {
        const right = new Float64Array(size);
        const labelled2 = new Float64Array(size);
        const predicted = new Float64Array(size);
        for (let index = 0; index < cells.length; index++) {
          const weight = weights[index];
          const pairs = cells[index];
          if (weight === 0) continue;
          for (let at2 = 0; at2 < pairs.length; at2 += 2) {
            const label = pairs[at2];
            const guess = pairs[at2 + 1];
            labelled2[label] = labelled2[label] + weight;
            if (guess >= 0 && guess < size) predicted[guess] = predicted[guess] + weight;
            if (guess === label) right[label] = right[label] + weight;
          }
        }
        let sum2 = 0;
        let present2 = 0;
        const score2 = (index) => 2 * right[index] / (labelled2[index] + predicted[index]);
        for (let index = 0; index < size; index++) {
          const value = score2(index);
          if (classes) classes[index] = value;
          if (Number.isNaN(value)) continue;
          sum2 += value;
          present2++;
        }
        if (binary2) return Number.isNaN(score2(1)) ? 0 : score2(1);
        return sum2 / present2;
      }
    };
  }
};
function classesOf(records) {
  let most4 = 0;
  for (const { pairs, classes } of records) {
    if (Number.isFinite(classes)) return classes;
    for (const index of pairs) most4 = Math.max(most4, index + 1);
  }
  return Math.max(2, most4);
}

// src/measure/metrics/kl.ts
var worst = -Math.log(leastProbability);
var kl = {
  name: "kl",
  direction: "lower",
  labels: "none",
  record(context, outputs, _label, reference) {
    const own = unlabelled(context, outputs, "kl");
    const other = unlabelled(context, reference, "kl");
    if (other.kind === "index") throw new UserError("metric kl needs scores, the output is a class");
    const count2 = Math.max(own.labels.length, other.labels.length);
    const compared = own.kind === other.kind && own.classes === other.classes ? Math.min(own.labels.length, other.labels.length) : 0;
    let sum2 = (count2 - compared) * worst;
    for (let position = 0; position < compared; position++) sum2 += divergence(context, other, own, position);
    return { sum: sum2, count: count2 };
  },
  estimator: (records) => ratioOfSums(records)
};
function divergence(context, fp32, variant, position) {
  const p = distribution(context, fp32, position);
  const q = distribution(context, variant, position);
  let sum2 = 0;
  for (const [index, weight] of p.probabilities.entries()) {
    if (weight !== 0) sum2 += weight * (p.logarithms[index] - q.logarithms[index]);
  }
  return sum2;
}
function distribution(context, scores, position) {
  const { values, kind, classes, classStride, positionStride } = scores;
  const { distributions, min: min2, max } = context.traits;
  if (kind === "scores") {
    const start = position * positionStride;
    return ofRow(
      Float64Array.from({ length: classes }, (_, index) => values[start + index * classStride]),
      distributions
    );
  }
  const value = values[position];
  return min2 >= 0 && max <= 1 ? ofRow(Float64Array.of(1 - value, value), true) : ofRow(Float64Array.of(0, value), false);
}
function ofRow(row2, probabilities) {
  const logarithms = logSoftmax(row2, 0, row2.length, probabilities);
  return { probabilities: probabilities ? row2 : logarithms.map(Math.exp), logarithms };
}

// src/measure/metrics/errors.ts
function pairedValues(context, outputs, label, metric) {
  const tensor = outputOf(context, outputs);
  const values = numbers(tensor);
  const expected = valueLabels(label, metric);
  if (values.length !== expected.length) {
    throw new UserError(
      `metric ${metric}: output "${context.output}" is [${tensor.dims}], ${values.length} values; the label has ${expected.length}`
    );
  }
  if (label?.kind === "tensor") {
    const [own, other] = [layoutOf(tensor), layoutOf(label.tensor)];
    const sizes = (dims) => dims.toSorted((a, b) => a - b).join();
    if (own.join() !== other.join() && sizes(own) === sizes(other)) {
      throw new UserError(
        `metric ${metric}: output "${context.output}" is [${tensor.dims}], the label is [${label.tensor.dims}]; expected one order of axes`
      );
    }
  }
  return { values, expected };
}
function summedError(context, outputs, label, metric, loss) {
  const { values, expected } = pairedValues(context, outputs, label, metric);
  let sum2 = 0;
  for (let index = 0; index < values.length; index++)
    sum2 += loss(values[index] - expected[index]);
  return { sum: sum2, count: values.length };
}

// src/measure/metrics/mae.ts
var mae = {
  name: "mae",
  direction: "lower",
  labels: "required",
  record: (context, outputs, label) => summedError(context, outputs, label, "mae", Math.abs),
  estimator: (records) => ratioOfSums(records)
};

// src/measure/metrics/map.ts
var cocoThresholds = Array.from({ length: 10 }, (_, index) => 0.5 + index * ((0.95 - 0.5) / 9));
var recalls = Float64Array.from({ length: 101 }, (_, index) => index === 100 ? 1 : index * 0.01);
var maxDetections = 100;
var epsilon = 2 ** -52;
var map50 = meanAveragePrecision("map50", [0.5]);
var map = meanAveragePrecision("map", cocoThresholds);
function meanAveragePrecision(name, thresholds) {
  return {
    name,
    direction: "higher",
    labels: "required",
    rough: true,
    record(_context, outputs, label) {
      if (label?.kind !== "boxes") throw new UserError(`metric ${name} needs boxes as labels`);
      const detections = outputs[detectionsOutput]?.data;
      return { classes: matchImage(detections, label.boxes, thresholds) };
    },
    classCounts: (records) => countClasses(
      classesOf2(records),
      records.map(({ classes }) => classes.filter(({ boxes }) => boxes > 0).map(({ classIndex }) => classIndex))
    ),
    estimator(records) {
      const curves = Array.from({ length: classesOf2(records) }, (_, index) => curveOf(records, index));
      const precisions = new Float64Array(1 + Math.max(0, ...curves.map(({ image: image2 }) => image2.length)));
      const recall = new Float64Array(precisions.length);
      return {
        cost: thresholds.length * curves.reduce((sum2, { image: image2 }) => sum2 + 4 * image2.length + recalls.length, 0),
        evaluate(weights, classes) {
          let sum2 = 0;
          let present2 = 0;
          for (const [index, curve] of curves.entries()) {
            let value = 0;
            for (let at2 = 0; at2 < thresholds.length; at2++) {
              value += averagePrecision(curve, at2, weights, precisions, recall);
            }
            value /= thresholds.length;
            if (classes) classes[index] = value;
            if (Number.isNaN(value)) continue;
            sum2 += value;
            present2++;
          }
          return sum2 / present2;
        }
      };
    }
  };
}
function classesOf2(records) {
  let most4 = -1;
  for (const { classes } of records) for (const { classIndex } of classes) most4 = Math.max(most4, classIndex);
  return most4 + 1;
}
function matchImage(detections, labels, thresholds) {
  const own = /* @__PURE__ */ new Map();
  for (let start = 0; start < detections.length; start += detectionWidth) {
    const classIndex = detections[start];
    const starts = own.get(classIndex) ?? [];
    starts.push(start);
    own.set(classIndex, starts);
  }
  const present2 = /* @__PURE__ */ new Set([...own.keys(), ...labels.map(({ classIndex }) => classIndex)]);
  return [...present2].sort((a, b) => a - b).map((classIndex) => {
    const starts = own.get(classIndex) ?? [];
    const order = byScore(starts.map((start) => score(detections, start)));
    const best = order.slice(0, maxDetections).map((position) => starts[position]);
    const boxes = labels.filter((box) => box.classIndex === classIndex).sort((a, b) => Number(a.crowd ?? 0) - Number(b.crowd ?? 0));
    return { classIndex, ...matchClass(detections, best, boxes, thresholds) };
  });
}
function score(detections, start) {
  const value = detections[start + 1];
  return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
}
function matchClass(detections, starts, boxes, thresholds) {
  const corners3 = boxes.map(({ x0, y0, x1, y1 }) => [x0, y0, x1, y1]);
  const crowd = boxes.map((box) => box.crowd === true);
  const overlaps = starts.map(
    (start) => corners3.map((corner, box) => iou(detections, start + 2, corner, 0, crowd[box]))
  );
  const found2 = new Uint16Array(starts.length);
  const ignored = new Uint16Array(starts.length);
  for (const [bit, threshold2] of thresholds.entries()) {
    const taken = /* @__PURE__ */ new Set();
    for (let detection = 0; detection < starts.length; detection++) {
      const match = bestBox(overlaps[detection], Math.min(threshold2, 1 - 1e-10), crowd, taken);
      if (match === void 0) continue;
      taken.add(match);
      const marks = crowd[match] ? ignored : found2;
      marks[detection] = marks[detection] | 1 << bit;
    }
  }
  return {
    boxes: crowd.filter((isCrowd) => !isCrowd).length,
    scores: Float64Array.from(starts, (start) => score(detections, start)),
    found: found2,
    ignored
  };
}
function bestBox(overlaps, threshold2, crowd, taken) {
  let best;
  let largest = threshold2;
  for (let box = 0; box < overlaps.length; box++) {
    if (taken.has(box) && !crowd[box]) continue;
    if (best !== void 0 && !crowd[best] && crowd[box]) break;
    const overlap = overlaps[box];
    if (overlap < largest) continue;
    largest = overlap;
    best = box;
  }
  return best;
}
function curveOf(records, classIndex) {
  const boxes = [];
  const items = [];
  for (const [image2, { classes }] of records.entries()) {
    const own = classes.find((matches) => matches.classIndex === classIndex);
    if (!own) continue;
    if (own.boxes > 0) boxes.push([image2, own.boxes]);
    for (let at2 = 0; at2 < own.scores.length; at2++) {
      items.push({
        image: image2,
        score: own.scores[at2],
        found: own.found[at2],
        ignored: own.ignored[at2]
      });
    }
  }
  items.sort((a, b) => a.score === b.score ? 0 : b.score - a.score);
  return {
    image: Int32Array.from(items, (item) => item.image),
    found: Uint16Array.from(items, (item) => item.found),
    ignored: Uint16Array.from(items, (item) => item.ignored),
    boxes
  };
}
function averagePrecision({ image: image2, found: found2, ignored, boxes }, threshold2, weights, precision2, recall) {
  let positives = 0;
  for (const [index, count2] of boxes) positives += weights[index] * count2;
  if (positives === 0) return Number.NaN;
  const bit = 1 << threshold2;
  let right = 0;
  let wrong = 0;
  let points = 0;
  for (let index = 0; index < image2.length; index++) {
    const weight = weights[image2[index]];
    if (weight === 0 || ignored[index] & bit) continue;
    if ((found2[index] & bit) === 0) {
      wrong += weight;
      continue;
    }
    right += weight;
    recall[points] = right / positives;
    precision2[points] = right / (right + wrong + epsilon);
    points++;
  }
  for (let point2 = points - 2; point2 >= 0; point2--) {
    if (precision2[point2 + 1] > precision2[point2])
      precision2[point2] = precision2[point2 + 1];
  }
  let sum2 = 0;
  let point = 0;
  for (const wanted of recalls) {
    while (point < points && recall[point] < wanted) point++;
    if (point === points) break;
    sum2 += precision2[point];
  }
  return sum2 / recalls.length;
}

// src/measure/metrics/miou.ts
var miou = {
  name: "miou",
  direction: "higher",
  labels: "required",
  record(context, outputs, label) {
    const labels = classLabels2(label, "miou");
    if (labels.length < 2) throw new UserError("metric miou needs masks as labels");
    const scores = classScores(context, outputs, labels, "miou");
    const both = /* @__PURE__ */ new Map();
    const either = /* @__PURE__ */ new Map();
    const add2 = (map2, index) => map2.set(index, (map2.get(index) ?? 0) + 1);
    for (let pixel = 0; pixel < labels.length; pixel++) {
      const expected = labels[pixel];
      if (!counts(context, expected)) continue;
      checkClass(expected, scores, "miou");
      const predicted = predictedClass(context, scores, pixel);
      add2(either, expected);
      if (predicted === expected) add2(both, expected);
      else if (predicted >= 0) add2(either, predicted);
    }
    return {
      classes: Float64Array.from([...either].flatMap(([index, count2]) => [index, both.get(index) ?? 0, count2]))
    };
  },
  classCounts: (records) => countClasses(
    classesOf3(records),
    records.map(({ classes }) => classes.filter((_, index) => index % 3 === 0))
  ),
  estimator(records) {
    const size = classesOf3(records);
    return {
      cost: records.reduce((sum2, { classes }) => sum2 + classes.length, 3 * size),
      evaluate(weights, values) {
        const both = new Float64Array(size);
        const either = new Float64Array(size);
        for (let index = 0; index < records.length; index++) {
          const weight = weights[index];
          if (weight === 0) continue;
          const { classes } = records[index];
          for (let at2 = 0; at2 < classes.length; at2 += 3) {
            const item = classes[at2];
            both[item] = both[item] + weight * classes[at2 + 1];
            either[item] = either[item] + weight * classes[at2 + 2];
          }
        }
        let sum2 = 0;
        let present2 = 0;
        for (let item = 0; item < size; item++) {
          const value = both[item] / either[item];
          if (values) values[item] = value;
          if (Number.isNaN(value)) continue;
          sum2 += value;
          present2++;
        }
        return sum2 / present2;
      }
    };
  }
};
function classesOf3(records) {
  let most4 = -1;
  for (const { classes } of records)
    for (let at2 = 0; at2 < classes.length; at2 += 3) most4 = Math.max(most4, classes[at2]);
  return most4 + 1;
}

// src/measure/metrics/perplexity.ts
var perplexity = {
  name: "perplexity",
  direction: "lower",
  labels: "required",
  record(context, outputs, label) {
    const scores = classScores(context, outputs, classLabels2(label, "perplexity"), "perplexity");
    const { values, labels, kind, classes, classStride, positionStride } = scores;
    if (kind !== "scores" || classStride !== 1) {
      throw new UserError("metric perplexity needs scores of the tokens along the last axis");
    }
    const record2 = { sum: 0, count: 0 };
    for (let position = 0; position < labels.length; position++) {
      const token = labels[position];
      if (!counts(context, token)) continue;
      checkClass(token, scores, "perplexity");
      record2.sum -= logSoftmax(values, position * positionStride, classes, context.traits.distributions)[token];
      record2.count++;
    }
    return record2;
  },
  estimator: (records) => ratioOfSums(records, Math.exp)
};

// src/measure/metrics/psnr.ts
var exactDb = 100;
var psnr = {
  name: "psnr",
  direction: "higher",
  labels: "required",
  record(context, outputs, label) {
    if (label?.kind !== "tensor") throw new UserError("metric psnr needs images as labels");
    const tensor = outputOf(context, outputs);
    const expected = label.tensor;
    const mse = meanSquaredError(context, tensor, expected);
    const peak = peakOf(context, expected);
    return { sum: mse === 0 ? exactDb : Math.min(exactDb, 10 * Math.log10(peak * peak / mse)), count: 1 };
  },
  estimator: (records) => ratioOfSums(records)
};
var beyondUnit = ({ traits }) => Math.max(traits.max, -traits.min) > 2;
var peakOf = (context, expected) => expected.type === "uint8" || beyondUnit(context) ? 255 : 1;
function meanSquaredError(context, output, label) {
  const values = numbers(output);
  const expected = numbers(label);
  if (layoutOf(output).join() !== layoutOf(label).join()) {
    throw new UserError(
      `metric psnr: output "${context.output}" is [${output.dims}], the label is [${label.dims}]; expected one order of axes`
    );
  }
  const [height, width] = imageSize2(output.dims);
  const pixels = height * width;
  const channelsLast = isChannelsLast(output.dims);
  const channels = channelsLast ? output.dims.at(-1) : 1;
  const { border } = context;
  if (2 * border >= Math.min(height, width)) {
    throw new UserError(`border: ${border} pixels on each side leave nothing of a ${height} x ${width} image`);
  }
  const eightBit2 = label.type === "uint8" && output.type.startsWith("float");
  const scale = eightBit2 && !beyondUnit(context) ? 255 : 1;
  let sum2 = 0;
  let count2 = 0;
  for (let plane = 0; plane < values.length / (pixels * channels); plane++) {
    for (let row2 = border; row2 < height - border; row2++) {
      const start = (plane * pixels + row2 * width + border) * channels;
      const end2 = start + (width - 2 * border) * channels;
      for (let index = start; index < end2; index++) {
        const value = values[index] * scale;
        const shown = eightBit2 ? roundHalfEven(Math.min(255, Math.max(0, value))) : value;
        sum2 += (shown - expected[index]) ** 2;
        count2++;
      }
    }
  }
  return sum2 / count2;
}
function isChannelsLast(dims) {
  const isChannels = (dim) => dim === 1 || dim === 3 || dim === 4;
  return dims.length === 4 && isChannels(dims[3]) && !isChannels(dims[1]);
}
function imageSize2(dims) {
  const [height, width] = isChannelsLast(dims) ? dims.slice(-3, -1) : dims.slice(-2);
  return [height ?? 1, width ?? 1];
}
function roundHalfEven(value) {
  const below2 = Math.floor(value);
  const rest = value - below2;
  return rest > 0.5 || rest === 0.5 && below2 % 2 === 1 ? below2 + 1 : below2;
}

// src/measure/metrics/r2.ts
var r2 = {
  name: "r2",
  direction: "higher",
  labels: "required",
  record(context, outputs, label) {
    const { values, expected } = pairedValues(context, outputs, label, "r2");
    return { values: Float64Array.from(values), expected: Float64Array.from(expected) };
  },
  estimator(records) {
    const columns = records[0]?.values.length ?? 0;
    const means2 = Float64Array.from({ length: columns }, (_, column) => {
      return records.reduce((sum2, { expected }) => sum2 + expected[column], 0) / records.length;
    });
    return {
      cost: 6 * columns * records.length,
      evaluate(weights) {
        let total = 0;
        for (let column = 0; column < columns; column++) {
          let count2 = 0;
          let sum2 = 0;
          let squares = 0;
          let residuals = 0;
          for (let index = 0; index < records.length; index++) {
            const weight = weights[index];
            if (weight === 0) continue;
            const { values, expected } = records[index];
            const label = expected[column];
            const centred = label - means2[column];
            count2 += weight;
            sum2 += weight * centred;
            squares += weight * centred * centred;
            residuals += weight * (label - values[column]) ** 2;
          }
          const spread = squares - sum2 * sum2 / count2;
          total += spread > 0 ? 1 - residuals / spread : Number.NaN;
        }
        return total / columns;
      }
    };
  }
};

// src/measure/metrics/rmse.ts
var rmse = {
  name: "rmse",
  direction: "lower",
  labels: "required",
  record: (context, outputs, label) => summedError(context, outputs, label, "rmse", (difference2) => difference2 ** 2),
  estimator: (records) => ratioOfSums(records, Math.sqrt)
};

// src/measure/metrics/spearman.ts
var spearman = {
  name: "spearman",
  direction: "higher",
  labels: "required",
  record(context, outputs, label) {
    const { values, expected } = pairedValues(context, outputs, label, "spearman");
    return { values: Float64Array.from(values), expected: Float64Array.from(expected) };
  },
  estimator(records) {
    const columns = records[0]?.values.length ?? 0;
    const orders = Array.from({ length: columns }, (_, column) => [
      ascending(records.map(({ values }) => values[column])),
      ascending(records.map(({ expected }) => expected[column]))
    ]);
    const invalid = records.some(({ values }) => values.some(Number.isNaN));
    const ranks = [new Float64Array(records.length), new Float64Array(records.length)];
    return {
      cost: 12 * columns * records.length,
      evaluate(weights) {
        if (invalid) return Number.NaN;
        let total = 0;
        for (const [own, label] of orders) {
          rank2(own, weights, ranks[0]);
          rank2(label, weights, ranks[1]);
          total += correlation(ranks[0], ranks[1], weights);
        }
        return total / columns;
      }
    };
  }
};
function ascending(values) {
  const samples5 = Int32Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  const opens = Uint8Array.from(
    samples5,
    (sample, index) => Number(index === 0 || values[sample] !== values[samples5[index - 1]])
  );
  return { samples: samples5, opens };
}
function rank2({ samples: samples5, opens }, weights, ranks) {
  let before = 0;
  for (let start = 0; start < samples5.length; ) {
    let end2 = start;
    let size = 0;
    do {
      size += weights[samples5[end2]];
      end2++;
    } while (end2 < samples5.length && !opens[end2]);
    for (let index = start; index < end2; index++) ranks[samples5[index]] = before + (size + 1) / 2;
    before += size;
    start = end2;
  }
}
function correlation(x, y, weights) {
  let count2 = 0;
  for (const weight of weights) count2 += weight;
  const mean = (count2 + 1) / 2;
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let index = 0; index < x.length; index++) {
    const weight = weights[index];
    if (weight === 0) continue;
    const dx = x[index] - mean;
    const dy = y[index] - mean;
    xy += weight * dx * dy;
    xx += weight * dx * dx;
    yy += weight * dy * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : Number.NaN;
}

// src/measure/metrics/sqnr.ts
var exactDb2 = 200;
var sqnr = {
  name: "sqnr",
  direction: "higher",
  labels: "none",
  record(context, outputs, _label, reference) {
    const tensors = context.outputNamed ? [[outputOf(context, outputs), outputOf(context, reference)]] : Object.entries(reference).map(([name, tensor]) => [outputs[name], tensor]);
    const energies = tensors.filter(([, { type: type2 }]) => type2 !== "string").map(([own, other]) => energy(own, other));
    return {
      signal: Float64Array.from(energies, ({ signal }) => signal),
      noise: Float64Array.from(energies, ({ noise: noise2 }) => noise2)
    };
  },
  estimator(records) {
    const outputs = records[0]?.signal.length ?? 0;
    return {
      cost: 3 * outputs * records.length,
      evaluate(weights) {
        let least2 = exactDb2;
        for (let output = 0; output < outputs; output++) {
          let signal = 0;
          let noise2 = 0;
          for (let index = 0; index < records.length; index++) {
            const weight = weights[index];
            if (weight === 0) continue;
            const record2 = records[index];
            signal += weight * record2.signal[output];
            noise2 += weight * record2.noise[output];
          }
          const ratio = decibel(signal, noise2);
          if (Number.isNaN(ratio) || ratio < least2) least2 = ratio;
        }
        return least2;
      }
    };
  }
};
function energy(own, other) {
  if (own.dims.join() === other.dims.join()) return energyOf(numbers(own), numbers(other));
  if (own.dims.length !== other.dims.length) {
    throw new Error(`an output is [${own.dims}] in the variant and [${other.dims}] in FP32`);
  }
  const dims = other.dims.map((dim, axis) => Math.max(dim, own.dims[axis]));
  return energyOf(padded2(own, dims), padded2(other, dims));
}
function padded2(tensor, dims) {
  const values = numbers(tensor);
  const result = new Float64Array(sizeOf(dims));
  for (let index = 0; index < values.length; index++) {
    let [rest, place, stride] = [index, 0, 1];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const dim = tensor.dims[axis];
      place += rest % dim * stride;
      rest = Math.floor(rest / dim);
      stride *= dims[axis];
    }
    result[place] = values[index];
  }
  return result;
}
function energyOf(values, expected) {
  let signal = 0;
  let noise2 = 0;
  for (let index = 0; index < expected.length; index++) {
    const value = expected[index];
    if (value === values[index]) {
      if (Number.isFinite(value)) signal += value * value;
      continue;
    }
    signal += value * value;
    noise2 += (value - values[index]) ** 2;
  }
  return { signal, noise: noise2 };
}
function decibel(signal, noise2) {
  if (noise2 === 0) return exactDb2;
  return Math.max(-exactDb2, Math.min(exactDb2, 10 * Math.log10(signal / noise2)));
}

// src/measure/metrics/table.ts
var metrics = {
  top1: topK("top1", 1),
  top5: topK("top5", 5),
  accuracy,
  f1,
  auc,
  mae,
  rmse,
  r2,
  cosine,
  spearman,
  psnr,
  map50,
  map,
  miou,
  perplexity,
  agreement,
  kl,
  sqnr
};

// src/measure/accuracy/open.ts
function openScoring(model, options) {
  const wanted = metricOf(model);
  const output = model.output ?? options.outputs?.[0];
  if (typeof wanted !== "string") {
    return {
      command: wanted.command,
      direction: wanted.direction,
      run: options.run,
      ...model.output !== void 0 && { output: model.output }
    };
  }
  const name = options.labelled || metrics[wanted].labels !== "required" ? wanted : model.task === "classification" || model.task === "segmentation" ? "agreement" : "sqnr";
  const context = {
    task: model.task,
    ...output !== void 0 && { output },
    outputNamed: model.output !== void 0,
    border: model.border,
    ...options.classes && { classes: options.classes }
  };
  if (name !== "map50" && name !== "map") return { metric: metrics[name], context };
  const { decoder } = model;
  const detection = detectionContext(model);
  const command = decoder?.command;
  if (command !== void 0) {
    return {
      metric: metrics[name],
      context: { ...context, detection },
      decode: (outputs, samples5) => decodeByCommand(command, options.run, outputs, samples5)
    };
  }
  const boxes = decoder?.boxes ?? "boxes";
  if (options.outputs && !options.outputs.includes(boxes)) {
    throw new UserError(
      `metric ${name} needs to know which outputs are boxes: the model has no output "${boxes}", it has ${options.outputs.map((each) => `"${each}"`).join(", ")}. Name them with \`decoder: { boxes, scores, classes }\`, or decode them with \`decoder: { command }\`.`
    );
  }
  return { metric: metrics[name], context: { ...context, detection: { ...detection, boxes } }, decode: decodeAll2 };
}
function detectionContext({ decoder, data }) {
  return {
    ...decoder?.boxes !== void 0 && { boxes: decoder.boxes },
    ...decoder?.scores !== void 0 && { scores: decoder.scores },
    ...decoder?.classes !== void 0 && { classes: decoder.classes },
    ...data.preprocess && { preprocess: data.preprocess }
  };
}
async function* decodeAll2(outputs, samples5, context) {
  let index = 0;
  for await (const sample of outputs) yield decodeBoxes(context, sample, samples5[index++]?.label);
}

// src/measure/accuracy/outputs.ts
import { closeSync, openSync } from "node:fs";
function storedOutputs(store) {
  return {
    size: store.samples.length,
    *read() {
      const fd = openSync(store.path, "r");
      try {
        for (let index = 0; index < store.samples.length; index++) yield readSample(store, index, fd).inputs;
      } finally {
        closeSync(fd);
      }
    }
  };
}

// src/measure/accuracy/distributions.ts
var import_jstat = __toESM(require_jstat(), 1);
var jstat = import_jstat.default.jStat ?? import_jstat.default;
var normalQuantile = (p) => jstat.normal.inv(p, 0, 1);
var normalCdf = (x) => jstat.normal.cdf(x, 0, 1);
var studentQuantile = (p, freedom) => jstat.studentt.inv(p, freedom);
function binomialCdf(k, n, p) {
  if (k < 0) return 0;
  return k >= n ? 1 : 1 - jstat.ibeta(p, k + 1, n - k);
}
var criticalValue = (confidence) => normalQuantile(1 - (1 - confidence) / 2);

// src/measure/accuracy/bootstrap.ts
var budget = 3e9;
var leastInTail = 5;
var deletions = 400;
function bcaIntervals(samples5, statistic, options) {
  const { confidence, random } = options;
  const resamples = options.resamples ?? Math.max(500, Math.min(2e3, Math.floor(budget / (statistic.cost + samples5))));
  const weights = new Uint16Array(samples5).fill(1);
  const estimates = new Float64Array(statistic.size);
  statistic.evaluate(weights, estimates);
  const replicates = Array.from({ length: statistic.size }, () => new Float64Array(resamples));
  const out = new Float64Array(statistic.size);
  for (let replicate = 0; replicate < resamples; replicate++) {
    random.resample(weights);
    statistic.evaluate(weights, out);
    for (let item = 0; item < statistic.size; item++)
      replicates[item][replicate] = out[item];
  }
  const jackknife = jackknifeMoments(samples5, statistic);
  return replicates.map((values, item) => {
    const estimate = estimates[item];
    const defined = values.filter((value) => !Number.isNaN(value)).sort();
    if (Number.isNaN(estimate) || defined.length < 0.9 * resamples) {
      return { estimate, low: Number.NaN, high: Number.NaN };
    }
    const [low, high] = bcaEnds(
      defined,
      estimate,
      jackknife[item],
      samples5,
      typeof confidence === "number" ? confidence : confidence(item),
      statistic.rough
    );
    return { estimate, low, high };
  });
}
function bcaEnds(sorted, estimate, { acceleration, freedom, error }, samples5, confidence, rough = false) {
  const first = sorted[0];
  const last = sorted[sorted.length - 1];
  if (first === last) return [Math.min(first, estimate), Math.max(last, estimate)];
  let below2 = 0;
  for (const value of sorted) {
    if (value < estimate) below2 += 1;
    else if (value === estimate) below2 += 0.5;
  }
  const share2 = Math.min(Math.max(below2, 0.5), sorted.length - 0.5) / sorted.length;
  const bias = rough ? 0 : normalQuantile(share2);
  const student = studentQuantile(1 - (1 - confidence) / 2, freedom);
  const fewness = Math.sqrt(samples5 / (samples5 - 1));
  const finest = Math.max(samples5 ** -samples5, leastInTail / sorted.length);
  const end2 = (side) => {
    const shifted = bias + side * fewness * student;
    const denominator = 1 - acceleration * shifted;
    const position = denominator <= 0 ? side * Number.POSITIVE_INFINITY : bias + shifted / denominator;
    const tail = normalCdf(position);
    const replicate = quantile(sorted, tail);
    if (Math.min(tail, 1 - tail) >= finest) return replicate;
    const reach2 = Math.min(2 * student, Math.max(student, side * position / fewness));
    return side * Math.max(side * replicate, side * estimate + reach2 * error);
  };
  return [end2(-1), end2(1)];
}
function quantile(sorted, p) {
  const position = Math.min(Math.max(p, 0), 1) * (sorted.length - 1);
  const left = Math.floor(position);
  const low = sorted[left];
  const high = sorted[Math.min(left + 1, sorted.length - 1)];
  return low === high ? low : low + (high - low) * (position - left);
}
function jackknifeMoments(samples5, statistic) {
  const groups2 = Math.min(samples5, deletions);
  const values = Array.from({ length: statistic.size }, () => new Float64Array(groups2));
  const weights = new Uint16Array(samples5).fill(1);
  const out = new Float64Array(statistic.size);
  for (let group = 0; group < groups2; group++) {
    for (let index = group; index < samples5; index += groups2) weights[index] = 0;
    statistic.evaluate(weights, out);
    for (let index = group; index < samples5; index += groups2) weights[index] = 1;
    for (let item = 0; item < statistic.size; item++) values[item][group] = out[item];
  }
  return values.map((deleted) => moments(deleted.filter((value) => !Number.isNaN(value))));
}
function moments(deleted) {
  const count2 = deleted.length;
  const mean = deleted.reduce((sum2, value) => sum2 + value, 0) / count2;
  let [squares, cubes, fourths] = [0, 0, 0];
  for (const value of deleted) {
    const distance = mean - value;
    squares += distance ** 2;
    cubes += distance ** 3;
    fourths += distance ** 4;
  }
  if (!(squares > 0)) return { acceleration: 0, freedom: Math.max(1, count2 - 1), error: 0 };
  const kurtosis = count2 * fourths / squares ** 2;
  const freedom = 2 * count2 / Math.max(kurtosis - 1, 1e-9);
  return {
    acceleration: cubes / (6 * squares ** 1.5),
    freedom: Math.min(count2 - 1, Math.max(1, freedom)),
    error: Math.sqrt((count2 - 1) / count2 * squares)
  };
}

// src/measure/accuracy/paired-proportions.ts
function mcnemarExact(lost, gained) {
  const flips = lost + gained;
  if (lost === gained) return 1;
  return Math.min(1, 2 * binomialCdf(Math.min(lost, gained), flips, 0.5));
}
function tangoInterval(lost, gained, samples5, confidence) {
  const estimate = (lost - gained) / samples5;
  const critical = criticalValue(confidence);
  const score2 = (drop) => {
    const distance = lost - gained - samples5 * drop;
    if (distance === 0) return 0;
    const a = 2 * samples5;
    const b = -lost - gained + (2 * samples5 - lost + gained) * drop;
    const c = -gained * drop * (1 - drop);
    const q = (Math.sqrt(Math.max(0, b * b - 4 * a * c)) - b) / (2 * a);
    const variance = samples5 * (2 * q + drop * (1 - drop));
    return variance <= 0 ? Math.sign(distance) * Number.POSITIVE_INFINITY : distance / Math.sqrt(variance);
  };
  return {
    estimate,
    low: bisect((drop) => score2(drop) <= critical, -1, estimate),
    high: bisect((drop) => score2(drop) < -critical, estimate, 1)
  };
}
function wilsonInterval(successes, samples5, confidence) {
  const z = criticalValue(confidence);
  const estimate = successes / samples5;
  const centre = (successes + z * z / 2) / (samples5 + z * z);
  const half = z / (samples5 + z * z) * Math.sqrt(successes * (samples5 - successes) / samples5 + z * z / 4);
  return { estimate, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
function bisect(beyond, from, to) {
  let [left, right] = [from, to];
  if (beyond(left)) return left;
  for (let step = 0; step < 60; step++) {
    const middle = (left + right) / 2;
    if (beyond(middle)) right = middle;
    else left = middle;
  }
  return right;
}

// src/measure/accuracy/paired.ts
var listedFlips = 100;
function compareRecords(paired, options) {
  return exact(paired, options) ?? resampled(paired, options);
}
function exact({ metric, context, samples: samples5, before, after }, { confidence }) {
  if (!metric.outcome) return void 0;
  const total = { samples: 0, before: 0, after: 0, lost: 0, gained: 0 };
  const byClass = /* @__PURE__ */ new Map();
  const lostSamples = [];
  const gainedSamples = [];
  for (let index = 0; index < samples5.length; index++) {
    const was = metric.outcome(before[index]);
    const is = metric.outcome(after[index]);
    if (was === void 0 || is === void 0) return void 0;
    count(total, was, is);
    const label = metric.classOf?.(before[index]);
    if (label !== void 0) {
      const own = byClass.get(label) ?? { samples: 0, before: 0, after: 0, lost: 0, gained: 0 };
      byClass.set(label, own);
      count(own, was, is);
    }
    const list = was > is ? lostSamples : was < is ? gainedSamples : void 0;
    if (list && list.length < listedFlips) list.push(samples5[index].id);
  }
  const { value, fp32, drop } = compareCounts(total, confidence);
  const { low, high } = wilsonInterval(total.after, total.samples, confidence);
  if (before === after) return unchanged(value);
  const perClass2 = [...byClass].map(([label, own]) => ({
    name: context.classes?.[label] ?? String(label),
    samples: own.samples,
    ...compareCounts(own, simultaneous(confidence, byClass.size))
  }));
  return {
    value,
    interval: { low, high },
    fp32,
    drop,
    // The error of `fp32` itself enters at second order: the drop is small beside it.
    ...fp32 > 0 && { relativeDrop: { estimate: drop.estimate / fp32, low: drop.low / fp32, high: drop.high / fp32 } },
    flips: {
      lost: total.lost,
      gained: total.gained,
      lostSamples,
      gainedSamples,
      pValue: mcnemarExact(total.lost, total.gained)
    },
    ...worstFirst(perClass2)
  };
}
var unchanged = (value) => ({ value, fp32: value, drop: { estimate: 0, low: 0, high: 0 } });
function count(counts2, was, is) {
  counts2.samples++;
  counts2.before += was;
  counts2.after += is;
  if (was > is) counts2.lost++;
  if (was < is) counts2.gained++;
}
function compareCounts(counts2, confidence) {
  return {
    value: counts2.after / counts2.samples,
    fp32: counts2.before / counts2.samples,
    drop: tangoInterval(counts2.lost, counts2.gained, counts2.samples, confidence)
  };
}
var simultaneous = (confidence, count2) => 1 - (1 - confidence) / Math.max(1, count2);
var leastClassSamples = 5;
function worstFirst(rows3) {
  const samples5 = rows3.reduce((sum2, row2) => sum2 + row2.samples, 0);
  if (rows3.length < 2 || samples5 < leastClassSamples * rows3.length) return {};
  return { perClass: rows3.sort((a, b) => b.drop.estimate - a.drop.estimate || (a.name < b.name ? -1 : 1)) };
}
function resampled({ metric, context, before, after }, { confidence, seed }) {
  const fp32 = metric.estimator(before);
  const variant = metric.estimator(after, before);
  const labelled2 = metric.classCounts?.(before) ?? [];
  const classes = labelled2.length;
  const sign = metric.direction === "higher" ? 1 : -1;
  const [own, other] = [new Float64Array(classes), new Float64Array(classes)];
  const fixed = 4;
  const statistic = {
    size: fixed + classes,
    cost: fp32.cost + variant.cost,
    rough: metric.rough,
    evaluate(weights, out) {
      own.fill(Number.NaN);
      other.fill(Number.NaN);
      const a = fp32.evaluate(weights, other);
      const b = variant.evaluate(weights, own);
      const drop2 = sign * (a - b);
      out[0] = b;
      out[1] = a;
      out[2] = drop2;
      out[3] = drop2 / Math.abs(a);
      for (let index = 0; index < classes; index++) {
        out[fixed + index] = sign * (other[index] - own[index]);
      }
    }
  };
  const ones = new Uint16Array(before.length).fill(1);
  const point = new Float64Array(statistic.size);
  statistic.evaluate(ones, point);
  const [value, reference] = point;
  for (const [name, number3] of [
    ["FP32", reference],
    ["this variant", value]
  ]) {
    if (!Number.isFinite(number3))
      return { notMeasured: `${metric.name} of ${name} is ${describe(number3)}`, failed: true };
  }
  if (before === after) return unchanged(value);
  if (before.length < 2) return { notMeasured: `one sample has no interval of ${metric.name}`, failed: true };
  const [classValues, classReferences] = [own.slice(), other.slice()];
  const intervals2 = bcaIntervals(before.length, statistic, {
    confidence: (item) => item < fixed ? confidence : simultaneous(confidence, classes),
    random: new Random(seed, `accuracy ${metric.name}`)
  });
  if (metric.discrete) {
    const steps3 = flipSteps(fp32, before.length, classes);
    for (const item of [2, 3, ...labelled2.map((_, index) => fixed + index)]) {
      const step = item < fixed ? steps3.whole / (item === 3 ? Math.abs(reference) : 1) : steps3.classes[item - fixed];
      const level = item < fixed ? confidence : simultaneous(confidence, classes);
      intervals2[item] = allowForUnseenFlips(intervals2[item], step, level);
    }
  }
  const [whole, , drop, relative4] = intervals2;
  if (Number.isNaN(drop.low)) {
    return {
      notMeasured: `${before.length} samples are too few for an interval of ${metric.name}: many a resample has no value`,
      failed: true
    };
  }
  const perClass2 = intervals2.slice(fixed).map((drop2, index) => ({
    name: context.classes?.[index] ?? String(index),
    samples: labelled2[index],
    value: classValues[index],
    fp32: classReferences[index],
    drop: drop2
  })).filter(({ drop: drop2 }) => !Number.isNaN(drop2.low));
  return {
    value,
    interval: { low: whole.low, high: whole.high },
    fp32: reference,
    drop,
    ...reference !== 0 && !Number.isNaN(relative4.low) && { relativeDrop: relative4 },
    ...worstFirst(perClass2)
  };
}
var mostSteps = 400;
function flipSteps(estimator, samples5, classes) {
  const weights = new Uint16Array(samples5).fill(1);
  const values = new Float64Array(classes);
  const whole = estimator.evaluate(weights, values);
  const steps3 = { whole: 0, classes: new Float64Array(classes) };
  const own = new Float64Array(classes);
  const count2 = Math.min(samples5, mostSteps);
  for (let step = 0; step < count2; step++) {
    const index = Math.floor(step * samples5 / count2);
    weights[index] = 0;
    const without = estimator.evaluate(weights, own);
    weights[index] = 1;
    if (without !== whole) steps3.whole = Math.max(steps3.whole, Math.abs(without - whole) || 0);
    for (let item = 0; item < classes; item++) {
      const change = Math.abs(own[item] - values[item]);
      if (change > steps3.classes[item]) steps3.classes[item] = change;
    }
  }
  return steps3;
}
function allowForUnseenFlips({ estimate, low, high }, step, confidence) {
  const unseen = criticalValue(confidence) ** 2 * step;
  return {
    estimate,
    low: estimate - Math.hypot(estimate - low, unseen),
    high: estimate + Math.hypot(high - estimate, unseen)
  };
}
var describe = (value) => Number.isNaN(value) ? "not a number (NaN)" : "infinite";

// src/measure/accuracy/command-metric.ts
var groups = 10;
var metricName = "command";
async function referenceByCommand(scoring, outputs, samples5) {
  const result = await runMetricCommand(scoring, outputs, samples5);
  const value = resultValue(result);
  const measurement = Number.isFinite(value) ? {
    metric: metricName,
    direction: scoring.direction,
    value,
    fp32: value,
    drop: { estimate: 0, low: 0, high: 0 },
    samples: samples5.length
  } : { notMeasured: "the metric command gave no finite number for FP32", failed: true };
  return { scoring, samples: samples5, result, measurement };
}
async function compareByCommand({ scoring, samples: samples5, result: fp32 }, variant, options) {
  const { direction } = scoring;
  const own = await runMetricCommand(scoring, variant, samples5);
  if (own.kind !== fp32.kind) {
    throw new UserError("metric: the command printed a number for one model and a list for the other");
  }
  const [value, reference] = [resultValue(own), resultValue(fp32)];
  if (!Number.isFinite(value) || !Number.isFinite(reference)) {
    const which = Number.isFinite(reference) ? "this variant" : "FP32";
    return { notMeasured: `the metric command gave no finite number for ${which}`, failed: true };
  }
  const common = { metric: metricName, direction, samples: samples5.length };
  if (own.kind === "samples" && fp32.kind === "samples") {
    const paired = compareRecords(
      { metric: meanOf(direction), samples: samples5, before: toRecords(fp32), after: toRecords(own), context: {} },
      options
    );
    return "notMeasured" in paired ? paired : { ...common, ...paired };
  }
  const sign = direction === "higher" ? 1 : -1;
  const [before, after] = [fp32, own];
  const { confidence } = options;
  const parts3 = before.without.map((part, group) => sign * (part - after.without[group]));
  const drop = groupedInterval(sign * (reference - value), parts3, confidence);
  const whole = groupedInterval(value, after.without, confidence);
  if ("notMeasured" in drop) return drop;
  if ("notMeasured" in whole) return whole;
  const relative4 = (part) => part / Math.abs(reference);
  return {
    ...common,
    value,
    interval: { low: whole.low, high: whole.high },
    fp32: reference,
    drop,
    ...reference !== 0 && {
      relativeDrop: { estimate: relative4(drop.estimate), low: relative4(drop.low), high: relative4(drop.high) }
    }
  };
}
var meanOf = (direction) => ({
  name: metricName,
  direction,
  labels: "optional",
  record: () => {
    throw new Error("a command scores whole datasets");
  },
  estimator: (records) => ratioOfSums(records)
});
var toRecords = ({ values }) => values.map((sum2) => ({ sum: sum2, count: 1 }));
var resultValue = (result) => result.kind === "number" ? result.value : result.values.reduce((sum2, value) => sum2 + value, 0) / result.values.length;
async function runMetricCommand({ command, run, output }, outputs, samples5) {
  const all = [];
  for await (const sample of outputs.read()) {
    if (output !== void 0 && !sample[output]) throw new UserError(`output: the model has no output "${output}"`);
    all.push(output === void 0 ? sample : { [output]: sample[output] });
  }
  const call = (keep2) => callOnce(
    command,
    run,
    all.filter((_, index) => keep2(index)),
    samples5.filter((_, index) => keep2(index))
  );
  const whole = await call(() => true);
  if (typeof whole !== "number") return { kind: "samples", values: whole };
  const without = [];
  for (let group = 0; group < Math.min(groups, samples5.length); group++) {
    const part = await call((index) => index % groups !== group);
    if (typeof part !== "number") throw new UserError("metric: the command printed a number first and a list later");
    without.push(part);
  }
  return { kind: "number", value: whole, without };
}
function callOnce(command, run, outputs, samples5) {
  return withTemporaryFolder(async (folder) => {
    const { QUANT_GATE_OUTPUTS, QUANT_GATE_LABELS } = exchangeFiles(folder);
    await writeOutputs(QUANT_GATE_OUTPUTS, outputs);
    await writeLabels(
      QUANT_GATE_LABELS,
      samples5.map(({ label }) => label)
    );
    const printed = await run(command, { what: "metric", env: { QUANT_GATE_OUTPUTS, QUANT_GATE_LABELS } });
    return parsePrinted(printed, samples5.length);
  });
}
function parsePrinted(printed, samples5) {
  const line = printed.trimEnd().split("\n").at(-1)?.trim() ?? "";
  if (/^[+-]?nan$/i.test(line)) return Number.NaN;
  if (/^[+-]?inf(inity)?$/i.test(line)) return Number.POSITIVE_INFINITY;
  const text = line.replaceAll(/\bnan\b/gi, "null");
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    value = void 0;
  }
  if (typeof value === "number") return value;
  if (Array.isArray(value) && value.every((each) => typeof each === "number" || each === null)) {
    if (value.length === samples5) return value.map((each) => each ?? Number.NaN);
    throw new UserError(`metric: the command printed ${value.length} numbers for ${samples5} samples`);
  }
  throw new UserError(
    `metric: the command's last line is ${JSON.stringify(line.slice(0, 100))}; expected a number, or a JSON list of one number for each sample`
  );
}
function groupedInterval(estimate, parts3, confidence) {
  const count2 = parts3.length;
  if (count2 < 2) return { notMeasured: "one sample has no interval of the metric command", failed: true };
  const mean = parts3.reduce((sum2, part) => sum2 + part, 0) / count2;
  const squares = parts3.reduce((sum2, part) => sum2 + (part - mean) ** 2, 0);
  const half = studentQuantile(1 - (1 - confidence) / 2, count2 - 1) * Math.sqrt((count2 - 1) / count2 * squares);
  return { estimate, low: estimate - half, high: estimate + half };
}

// src/measure/accuracy/score.ts
var traitSamples = 64;
async function scoreReference(scoring, outputs, samples5, options) {
  checkSizes(outputs, samples5);
  if (samples5.length === 0) throw new UserError("accuracy: there are no samples to measure it on");
  if ("command" in scoring) return referenceByCommand(scoring, outputs, samples5);
  const context = await readContext(scoring, outputs);
  const pass2 = { records: [], broken: [], signal: 0, noise: 0 };
  for await (const { own, raw } of decoded(scoring, context, outputs, samples5)) {
    const index = pass2.records.length;
    pass2.records.push(record(scoring.metric, context, samples5[index], own, own));
    if (hasNan(raw, context)) pass2.broken.push(samples5[index].id);
  }
  const base = { scoring, context, samples: samples5, outputs, records: pass2.records };
  return { ...base, measurement: measure(base, pass2, options) };
}
async function compareAccuracy(reference, variant, options) {
  checkSizes(variant, reference.samples);
  if ("command" in reference.scoring) return compareByCommand(reference, variant, options);
  return compareByRecords(reference, variant, options);
}
async function compareByRecords(reference, variant, options) {
  const { scoring, context, samples: samples5 } = reference;
  const pass2 = { records: [], broken: [], signal: 0, noise: 0 };
  const fp32 = rawOutputs(reference.outputs);
  try {
    for await (const { own, raw } of decoded(scoring, context, variant, samples5)) {
      const index = pass2.records.length;
      const other = (await fp32.next()).value;
      pass2.records.push(record(scoring.metric, context, samples5[index], own, other));
      if (hasNan(raw, context)) {
        pass2.broken.push(samples5[index].id);
      } else if (!hasNan(other, context)) {
        const { signal, noise: noise2 } = energyOf2(context, raw, other);
        pass2.signal += signal;
        pass2.noise += noise2;
      }
    }
  } finally {
    await fp32.return(void 0);
  }
  return measure(reference, pass2, options);
}
function checkSizes({ size }, samples5) {
  if (size !== samples5.length) throw new Error(`outputs of ${size} samples for ${samples5.length} samples`);
}
async function* rawOutputs(outputs) {
  yield* outputs.read();
}
async function* decoded({ decode: decode2 }, context, outputs, samples5) {
  if (!decode2) {
    for await (const raw of outputs.read()) yield { raw, own: raw };
    return;
  }
  const waiting = [];
  async function* remembered() {
    for await (const raw of outputs.read()) {
      waiting.push(raw);
      yield raw;
    }
  }
  for await (const own of decode2(remembered(), samples5, context)) yield { raw: waiting.shift(), own };
}
function record(metric, context, { id, label }, own, other) {
  if (metric.labels === "required" && !label) {
    throw new UserError(`metric ${metric.name} needs labels; "${id}" has none`);
  }
  try {
    return metric.record(context, own, label, other);
  } catch (error) {
    throw error instanceof UserError ? new UserError(`"${id}": ${error.message}`, { cause: error }) : error;
  }
}
async function readContext({ context }, outputs) {
  const tensors = [];
  let name = context.detection?.boxes ?? context.output;
  for await (const sample of outputs.read()) {
    name ??= Object.keys(sample)[0];
    const tensor = sample[name];
    if (!tensor)
      throw new UserError(`output: the model has no output "${name}"; it has ${Object.keys(sample).join(", ")}`);
    if (tensor.type !== "string") tensors.push(tensor);
    if (tensors.length === traitSamples) break;
  }
  return { ...context, output: name, traits: outputTraits(tensors, context.task) };
}
function hasNan(outputs, context) {
  const { type: type2, data } = outputs[context.output];
  if (type2 === "float16") return data.some((bits) => (bits & 32767) > 31744);
  if (type2 !== "float32" && type2 !== "float64") return false;
  const values = data;
  for (let index = 0; index < values.length; index++) if (Number.isNaN(values[index])) return true;
  return false;
}
function energyOf2(context, own, other) {
  const tensor = own[context.output];
  const expected = other[context.output];
  if (tensor.type === "string" || tensor.dims.join() !== expected.dims.join()) return { signal: Number.NaN, noise: 0 };
  return energy(tensor, expected);
}
function measure({ scoring, context, samples: samples5, records }, pass2, options) {
  const { metric } = scoring;
  const notes = [];
  if (pass2.broken.length > 0) {
    notes.push(
      `the output of ${pass2.broken.length} of ${samples5.length} samples is not a number (NaN), first "${pass2.broken[0]}"`
    );
  }
  const result = compareRecords({ metric, context, samples: samples5, before: records, after: pass2.records }, options);
  if ("notMeasured" in result) {
    return { ...result, notMeasured: [...notes, result.notMeasured].join("; ") };
  }
  const ratio = decibel(pass2.signal, pass2.noise);
  const own = pass2.records !== records && metric.name !== "sqnr" && Number.isFinite(ratio) && pass2.signal > 0;
  return {
    metric: metric.name,
    direction: metric.direction,
    ...result,
    samples: samples5.length,
    ...own && { sqnrDb: ratio },
    ...notes.length > 0 && { note: notes.join("; ") }
  };
}

// src/gate/samples-needed.ts
var most = 100;
function samplesNeeded(measured2, operator, limit, { samples: samples5, flips, share: share2 }, confidence) {
  const { estimate, low, high } = measured2;
  const decides = (times) => {
    return verdictOf(intervalOf2(times), operator, limit) !== "inconclusive";
  };
  const intervalOf2 = (times) => {
    if (flips) return tangoInterval(flips.lost * times, flips.gained * times, samples5 * times, confidence);
    if (share2 !== void 0) return wilsonInterval(share2 * samples5 * times, samples5 * times, confidence);
    return {
      estimate,
      low: estimate - (estimate - low) / Math.sqrt(times),
      high: estimate + (high - estimate) / Math.sqrt(times)
    };
  };
  if (samples5 < 1 || !decides(most)) return void 0;
  let [from, to] = [1, most];
  for (let step = 0; step < 60; step++) {
    const middle = Math.sqrt(from * to);
    if (decides(middle)) to = middle;
    else from = middle;
  }
  return niceCeil(samples5 * (to - 1));
}
function niceCeil(value) {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1);
  return Math.max(1, Math.ceil(value / unit) * unit);
}

// src/gate/checks.ts
function checkVariant(input) {
  const { limits: limits2, measurements, confidence, error } = input;
  const failed = error && { notMeasured: error.message, failed: true };
  return rows.flatMap((row2) => {
    const finding = row2(limits2, measurements, confidence);
    if (!finding) return [];
    return [judge(failed ? { ...finding, measured: failed } : finding, confidence)];
  });
}
var rows = [
  ({ size }, measured2) => limited(size?.["max-ratio"], (limit) => ({
    name: "size.max-ratio",
    operator: "<=",
    limit,
    measured: exact2(measured2.size?.ratio),
    subject: "the size over FP32",
    show: plain
  })),
  ({ size }, measured2) => limited(size?.max, (limit) => ({
    name: "size.max",
    operator: "<=",
    limit,
    measured: exact2(measured2.size?.bytes),
    subject: "the size",
    show: bytes
  })),
  ({ latency }, measured2) => limited(latency?.["min-speedup"], (limit) => ({
    name: "latency.min-speedup",
    operator: ">=",
    limit,
    measured: latencyAt(measured2, latency.batch, ({ speedup: speedup2 }) => speedup2),
    subject: `the speed-up over FP32 at ${latency.at}, batch ${latency.batch},`,
    show: factor,
    ...noiseAt(measured2, latency.batch)
  })),
  ({ latency }, measured2) => limited(latency?.max, (limit) => ({
    name: "latency.max",
    operator: "<=",
    limit,
    measured: latencyAt(measured2, latency.batch, (own) => percentileOf(own, latency.at)),
    subject: `the time of a run at ${latency.at}, batch ${latency.batch},`,
    show: milliseconds,
    ...noiseAt(measured2, latency.batch)
  })),
  ({ memory }, measured2) => limited(memory?.["max-ratio"], (limit) => ({
    name: "memory.max-ratio",
    operator: "<=",
    limit,
    measured: present(measured2.memory, ({ ratio, intervals: intervals2 }) => intervals2?.ratio ?? exact2(ratio)),
    subject: "the peak memory over FP32",
    show: plain
  })),
  ({ memory }, measured2) => limited(memory?.max, (limit) => ({
    name: "memory.max",
    operator: "<=",
    limit,
    measured: present(measured2.memory, ({ peakBytes, intervals: intervals2 }) => intervals2?.peakBytes ?? exact2(peakBytes)),
    subject: "the peak memory",
    show: bytes
  })),
  ({ accuracy: accuracy2 }, measured2, confidence) => limited(accuracy2?.["max-drop"], (limit) => ({
    name: "accuracy.max-drop",
    operator: "<=",
    limit,
    measured: present(measured2.accuracy, ({ drop }) => drop),
    subject: `the drop of ${metricName2(measured2)}`,
    show: (value) => metricDifference(metricName2(measured2), value),
    ...withDetail(measured2),
    ...decidedBy(measured2, "<=", limit, confidence)
  })),
  ({ accuracy: accuracy2 }, measured2, confidence) => limited(accuracy2?.["max-relative-drop"], (limit) => ({
    name: "accuracy.max-relative-drop",
    operator: "<=",
    limit,
    measured: present(
      measured2.accuracy,
      ({ metric, relativeDrop }) => relativeDrop ?? { notMeasured: `${metric} of FP32 is 0, a fraction of it has no meaning`, failed: true }
    ),
    subject: `the relative drop of ${metricName2(measured2)}`,
    show: percent,
    ...withDetail(measured2),
    ...decidedBy(measured2, "<=", limit, confidence, true)
  })),
  ({ accuracy: accuracy2 }, measured2, confidence) => limited(accuracy2?.min, (limit) => {
    const operator = isLowerBetter(measured2) ? "<=" : ">=";
    return {
      name: "accuracy.min",
      operator,
      limit,
      measured: present(measured2.accuracy, ({ value, interval }) => ({
        estimate: value,
        low: interval?.low ?? value,
        high: interval?.high ?? value
      })),
      subject: metricName2(measured2),
      show: (value) => metricValue2(metricName2(measured2), value),
      samplesNeeded: (own) => needed(measured2, own, operator, limit, confidence)
    };
  }),
  ({ accuracy: accuracy2 }, measured2, confidence) => limited(accuracy2?.["per-class"]?.["max-drop"], (limit) => perClass(measured2, limit, confidence))
];
var limited = (limit, find) => limit === void 0 ? void 0 : find(limit);
function exact2(value) {
  return value === void 0 ? void 0 : { estimate: value, low: value, high: value };
}
function present(measured2, read2) {
  if (measured2 === void 0 || "notMeasured" in measured2) return measured2;
  return read2(measured2);
}
function latencyAt({ latency }, batch, read2) {
  return present(latency, (all) => {
    const own = all.find((each) => each.batch === batch);
    return own && read2(own);
  });
}
function noiseAt({ latency }, batch) {
  if (!latency || "notMeasured" in latency) return {};
  const noise2 = latency.find((each) => each.batch === batch)?.noise;
  return noise2 !== void 0 && Number.isFinite(noise2) ? { noise: noise2 } : {};
}
function percentileOf(latency, at2) {
  const key2 = `${at2}Ms`;
  return latency.intervals?.[key2] ?? exact2(latency[key2]);
}
function measuredAccuracy({ accuracy: accuracy2 }) {
  return accuracy2 && !("notMeasured" in accuracy2) ? accuracy2 : void 0;
}
var metricName2 = (measured2) => measuredAccuracy(measured2)?.metric ?? "accuracy";
var isLowerBetter = (measured2) => measuredAccuracy(measured2)?.direction === "lower";
function withDetail(measured2) {
  const accuracy2 = measuredAccuracy(measured2);
  if (!accuracy2) return {};
  const { metric, fp32, value, samples: samples5, flips, note } = accuracy2;
  const flipped = flips ? `; ${counted(flips.lost, "sample")} went from right to wrong and ${flips.gained.toLocaleString("en-US")} from wrong to right` : "";
  const values = `FP32 has ${metricValue2(metric, fp32)}, this variant ${metricValue2(metric, value)} on ${counted(samples5, "sample")}${flipped}.`;
  return { detail: note ? `${values} Note: ${note}.` : values };
}
function decidedBy(measured2, operator, limit, confidence, relative4 = false) {
  const accuracy2 = measuredAccuracy(measured2);
  if (!accuracy2) return {};
  const scale = relative4 && accuracy2.flips ? accuracy2.fp32 : 1;
  return { samplesNeeded: (own) => samplesNeeded(own, operator, limit * scale, accuracy2, confidence) };
}
function needed(measured2, own, operator, limit, confidence) {
  const accuracy2 = measuredAccuracy(measured2);
  if (!accuracy2) return void 0;
  const { samples: samples5, flips } = accuracy2;
  return samplesNeeded(own, operator, limit, { samples: samples5, ...flips && { share: own.estimate } }, confidence);
}
function perClass(measured2, limit, confidence) {
  const name = "accuracy.per-class.max-drop";
  const metric = metricName2(measured2);
  const base = {
    name,
    operator: "<=",
    limit,
    subject: `the drop of ${metric} in the worst class`,
    show: (value) => metricDifference(metric, value)
  };
  const accuracy2 = measuredAccuracy(measured2);
  if (!accuracy2) return { ...base, measured: present(measured2.accuracy, () => void 0) };
  const classes = accuracy2.perClass;
  if (!classes || classes.length === 0) {
    const notMeasured = `${metric} has no classes here, or the data fewer than ${leastClassSamples} samples of each`;
    return { ...base, measured: { notMeasured } };
  }
  const drops = shrink(
    classes.map(({ drop }) => drop),
    confidence
  );
  const low = Math.max(...classes.map(({ drop }) => drop.low));
  const estimate = Math.max(low, ...drops);
  const worst2 = classes.reduce((a, b) => b.drop.estimate > a.drop.estimate ? b : a);
  const seen = `"${worst2.name}" lost ${metricDifference(metric, worst2.drop.estimate)} on ${counted(worst2.samples, "sample")}`;
  const chance = estimate < worst2.drop.estimate ? ", part of which is chance" : "";
  return {
    ...base,
    measured: {
      estimate,
      low,
      high: Math.max(...classes.map(({ drop }) => drop.high))
    },
    detail: `Of ${classes.length} classes ${seen}${chance}.`
  };
}
var mostTranslated = 2;
function shrink(drops, confidence) {
  const z = criticalValue(simultaneous(confidence, drops.length));
  const variances = drops.map(({ low, high }) => ((high - low) / (2 * z)) ** 2);
  const precision2 = variances.map((variance) => 1 / Math.max(variance, 1e-12));
  const total = precision2.reduce((sum2, each) => sum2 + each, 0);
  const mean = drops.reduce((sum2, { estimate }, index) => sum2 + estimate * precision2[index], 0) / total;
  const spread = drops.reduce((sum2, { estimate }) => sum2 + (estimate - mean) ** 2, 0) / Math.max(1, drops.length - 1);
  const chance = variances.reduce((sum2, variance) => sum2 + variance, 0) / drops.length;
  const real = Math.max(0, spread - chance);
  const byChance = Math.min(mostTranslated, normalQuantile(drops.length / (drops.length + 1)));
  return drops.map(({ estimate }, index) => {
    const variance = variances[index];
    const shrunk = real + variance === 0 ? estimate : mean + (estimate - mean) * real / (real + variance);
    return Math.max(shrunk, estimate - byChance * Math.sqrt(variance));
  });
}

// src/measure/memory.ts
import { freemem } from "node:os";

// src/runtime/process-memory.ts
import { execFile as execFile2 } from "node:child_process";
import { readFile as readFile8 } from "node:fs/promises";
import { promisify as promisify2 } from "node:util";
async function residentBytes(pid) {
  if (process.platform === "linux") return statusBytes(pid, "VmRSS");
  if (process.platform === "win32") return void 0;
  try {
    const { stdout } = await promisify2(execFile2)("ps", ["-o", "rss=", "-p", String(pid)]);
    return Number(stdout) * 1024;
  } catch {
    return void 0;
  }
}
async function statusBytes(pid, field) {
  let status;
  try {
    status = await readFile8(`/proc/${pid}/status`, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes(error.code ?? "")) return void 0;
    throw error;
  }
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1];
  return kib === void 0 ? void 0 : Number(kib) * 1024;
}

// src/runtime/worker-process.ts
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay3 } from "node:timers/promises";

// src/runtime/contract.ts
var WorkerError = class extends Error {
  name = "WorkerError";
  kind;
  stderr;
  constructor(kind, message, stderr = "") {
    super(message);
    this.kind = kind;
    this.stderr = stderr;
  }
};
function isJobError(error) {
  return error instanceof WorkerError && error.kind === "error";
}

// src/runtime/entry.ts
import { existsSync as existsSync7 } from "node:fs";
import { dirname as dirname5, join as join10 } from "node:path";
import { fileURLToPath as fileURLToPath2 } from "node:url";
function workerEntry() {
  if (import.meta.url.endsWith(".ts")) return sourceEntry(new URL("../worker/main.ts", import.meta.url));
  return { execPath: process.execPath, execArgv: [], file: fileURLToPath2(new URL("./worker.js", import.meta.url)) };
}
function sourceEntry(url) {
  const file = fileURLToPath2(url);
  return {
    execPath: process.features.typescript ? process.execPath : nearestNode(file),
    execArgv: ["--no-warnings"],
    file
  };
}
function nearestNode(from) {
  for (let folder = dirname5(from); ; folder = dirname5(folder)) {
    const node = join10(folder, "node_modules/.bin/node");
    if (existsSync7(node)) return node;
    if (folder === dirname5(folder)) throw new Error("running from source needs Node 22.18 or later");
  }
}

// src/runtime/environment.ts
import { delimiter as delimiter2 } from "node:path";
var allowed = new Set(
  [
    ...["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "TEMP", "TMP"],
    ...["SystemRoot", "windir", "SystemDrive", "USERPROFILE", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"],
    ...["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "RUNNER_TRACKING_ID"]
  ].map((name) => name.toUpperCase())
);
var allowedPrefix = /^(CUDA_|NVIDIA_|ORT_)/;
function childEnvironment(runtime, extra = {}) {
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== void 0 && (allowed.has(name.toUpperCase()) || allowedPrefix.test(name))) env[name] = value;
  }
  if (runtime.libraryPath?.length) {
    const variable = process.platform === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";
    env[variable] = [...runtime.libraryPath, env[variable]].filter(Boolean).join(delimiter2);
  }
  return { ...env, [bindingVariable]: runtime.binding, ...extra };
}

// src/runtime/worker-process.ts
var frugal = {
  env: { MALLOC_MMAP_THRESHOLD_: "1048576" },
  nodeOptions: [fixedNewSpace]
};
var startTimeoutMs = 6e4;
var closeTimeoutMs = 2e3;
var lastWordsMs = 500;
var tailBytes = 8 * 1024;
var abortSignals = /* @__PURE__ */ new Set(["SIGABRT", "SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS"]);
var running2 = /* @__PURE__ */ new Set();
var atExit2 = false;
function killRunningAtExit() {
  if (atExit2) return;
  atExit2 = true;
  process.on("exit", () => {
    for (const child of running2) child.kill("SIGKILL");
  });
}
var WorkerProcess = class _WorkerProcess {
  label;
  #child;
  #pending = /* @__PURE__ */ new Map();
  #stderr;
  #exited;
  #nextCall = 1;
  /** Set when we ended it, or found it dead: why. */
  #failure;
  constructor(child, label) {
    this.label = label;
    this.#child = child;
    this.#stderr = keepTail(child.stderr);
    child.stdout.resume();
    this.#exited = new Promise((resolve9) => {
      child.once("exit", async (code, signal) => {
        running2.delete(child);
        await Promise.race([ended(child.stderr), delay3(lastWordsMs, void 0, { ref: false })]);
        this.#fail(exitError(label, code, signal, this.#stderr()));
        resolve9();
      });
      child.once("error", (error) => {
        this.#fail(new WorkerError("error", `${label}: cannot start a process: ${error.message}`));
        resolve9();
      });
    });
    child.on("message", (message) => this.#receive(message));
  }
  /** Starts the process and loads ONNX Runtime in it. Throws a WorkerError where that fails. */
  static async start(options) {
    const { execPath, execArgv, file } = options.entry ?? workerEntry();
    const [program, ...command] = [
      ...launchPrefix(options.cpus),
      execPath,
      ...execArgv,
      ...options.nodeOptions ?? []
    ];
    const child = fork(file, [], {
      execPath: program,
      execArgv: command,
      env: childEnvironment(options.runtime, options.env),
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"]
    });
    running2.add(child);
    killRunningAtExit();
    const worker = new _WorkerProcess(child, options.label);
    const ready2 = worker.#expect(0, { timeoutMs: startTimeoutMs });
    if (options.memoryLimit !== void 0) worker.#watchMemory(options.memoryLimit);
    await ready2;
    return worker;
  }
  get pid() {
    return this.#child.pid;
  }
  /**
   * Runs a job in the child and gives its result. Calls run one after another.
   * @throws UserError that the job threw; WorkerError for everything else.
   */
  async call(job, params, options = {}) {
    if (this.#failure) throw this.#failure;
    const call = this.#nextCall++;
    const result = this.#expect(call, options);
    try {
      this.#child.send({ call, job: job.name, params }, () => {
      });
    } catch (error) {
      this.#settle(call)?.reject(error);
    }
    return await result;
  }
  /** Ends the process. Calls in progress fail; closing twice is harmless. */
  async close() {
    const busy = this.#pending.size > 0;
    this.#fail(new WorkerError("killed", `${this.label}: the process was closed`));
    if (busy) this.#child.kill("SIGKILL");
    else if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), closeTimeoutMs);
    await this.#exited;
    clearTimeout(timer);
  }
  #expect(call, { onProgress, timeoutMs }) {
    return new Promise((resolve9, reject) => {
      const timer = timeoutMs === void 0 ? void 0 : setTimeout(
        () => this.#kill("timeout", `no answer within ${Math.round(timeoutMs / 100) / 10} s`),
        timeoutMs
      );
      this.#pending.set(call, { resolve: resolve9, reject, onProgress, timer });
    });
  }
  #settle(call) {
    const pending = this.#pending.get(call);
    this.#pending.delete(call);
    clearTimeout(pending?.timer);
    return pending;
  }
  #receive(message) {
    if ("spent" in message) {
      runtimeTime.runMs += message.spent.runMs;
      runtimeTime.loadMs += message.spent.loadMs;
    }
    switch (message.kind) {
      case "ready":
        this.#settle(0)?.resolve(void 0);
        break;
      case "failed":
        this.#kill("error", `ONNX Runtime cannot be loaded: ${message.message}`);
        break;
      case "progress":
        this.#pending.get(message.call)?.onProgress?.(message.done, message.total, message.detail);
        break;
      case "result":
        this.#settle(message.call)?.resolve(message.value);
        break;
      case "error":
        this.#settle(message.call)?.reject(this.#jobError(message));
        break;
    }
  }
  #jobError({ message, stack: stack2, user }) {
    if (user) return new UserError(message);
    const error = new WorkerError("error", `${this.label}: ${message}`, this.#stderr());
    error.stack = stack2;
    return error;
  }
  #kill(kind, why) {
    this.#fail(new WorkerError(kind, `${this.label}: ${why}`, this.#stderr()));
    this.#child.kill("SIGKILL");
  }
  /** The first reason counts; every call that waits fails with it. */
  #fail(error) {
    this.#failure ??= error;
    for (const call of [...this.#pending.keys()]) this.#settle(call)?.reject(this.#failure);
  }
  #watchMemory(limit) {
    const timer = setInterval(async () => {
      const bytes2 = await residentBytes(this.pid);
      if (bytes2 === void 0 || bytes2 <= limit) return;
      const mib2 = (value) => `${Math.round(value / 2 ** 20)} MiB`;
      this.#kill("killed", `it held ${mib2(bytes2)} of memory; the limit is ${mib2(limit)}`);
    }, 250);
    timer.unref();
    void this.#exited.then(() => clearInterval(timer));
  }
};
function exitError(label, code, signal, stderr) {
  const tail = stderr.trim().split("\n").slice(-1)[0] ?? "";
  const last = tail ? `: ${tail}` : "";
  if (signal === "SIGKILL") {
    return new WorkerError("killed", `${label}: the process was killed, most likely because memory ran out`, stderr);
  }
  if (signal && !abortSignals.has(signal)) {
    return new WorkerError("killed", `${label}: the process was ended by ${signal}`, stderr);
  }
  if (stderr.includes("JavaScript heap out of memory")) {
    return new WorkerError("aborted", `${label}: the process ran out of JavaScript heap`, stderr);
  }
  return new WorkerError("aborted", `${label}: the process ended with ${signal ?? `exit code ${code}`}${last}`, stderr);
}
async function ended(stream) {
  if (!stream.readableEnded && !stream.destroyed) await once(stream, "close");
}
function keepTail(stream) {
  let tail = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk) => {
    tail = (tail + chunk).slice(-tailBytes);
  });
  return () => tail;
}

// src/measure/memory.ts
var firstRepeats = 3;
var moreRepeats = 2;
var mostRepeats = 9;
async function peakMemory(request, known) {
  const first = await onePeak(request);
  const others = (known ? moreRepeats : firstRepeats) - 1;
  const together2 = (request.session?.provider ?? "cpu") === "cpu" && others * first.bytes < freemem() / 4;
  const found2 = [first];
  if (together2) found2.push(...await Promise.all(Array.from({ length: others }, () => onePeak(request))));
  else for (let repeat2 = 0; repeat2 < others; repeat2++) found2.push(await onePeak(request));
  return {
    peaks: [...known?.peaks ?? [], ...found2.map(({ bytes: bytes2 }) => bytes2)],
    devicePeaks: [...known?.devicePeaks ?? [], ...found2.flatMap(({ deviceBytes: deviceBytes2 }) => deviceBytes2 ?? [])]
  };
}
async function onePeak({ label, session, store, batch = 1, runtime, timeoutMs = 3e5 }) {
  const worker = await WorkerProcess.start({ runtime, label });
  try {
    const params = { ...session && { session }, store: storeReference(store), batch };
    const usage = await worker.call(memoryJob, params, { timeoutMs });
    const bytes2 = process.platform === "linux" ? await statusBytes(worker.pid, "VmHWM") : usage;
    if (bytes2 === void 0) throw new Error(`${label}: the operating system does not tell the peak memory`);
    const device = session && session.provider !== "cpu" ? await deviceBytes(worker.pid) : void 0;
    return { bytes: bytes2, ...device !== void 0 && { deviceBytes: device } };
  } finally {
    await worker.close();
  }
}
function memoryMeasurement(fp32, variant, empty, confidence) {
  const [own, whole, none] = [variant, fp32, empty].map(({ peaks }) => sampleOf(peaks));
  const bytes2 = own.mean - none.mean;
  const fp32Bytes = whole.mean - none.mean;
  if (fp32Bytes <= 0)
    return { notMeasured: "FP32 needs no more memory than the runtime's own; the model is too small" };
  const ratio = bytes2 / fp32Bytes;
  const peakBytes = intervalOf(bytes2, [own.error, none.error], confidence);
  const errors = [own.error, scaled(whole.error, ratio), scaled(none.error, 1 - ratio)];
  const quotient2 = intervalOf(
    ratio,
    errors.map((error) => scaled(error, 1 / fp32Bytes)),
    confidence
  );
  return {
    peakBytes: Math.round(peakBytes.estimate),
    ratio: quotient2.estimate,
    intervals: { peakBytes, ratio: quotient2 },
    ...variant.devicePeaks.length > 0 && { devicePeakBytes: median(variant.devicePeaks) }
  };
}
function sampleOf(values) {
  const mean = values.reduce((sum2, value) => sum2 + value, 0) / values.length;
  const freedom = values.length - 1;
  const variance = values.reduce((sum2, value) => sum2 + (value - mean) ** 2, 0) / freedom;
  return { mean, error: { square: variance / values.length, freedom } };
}
var scaled = ({ square, freedom }, factor2) => ({
  square: square * factor2 ** 2,
  freedom
});
function intervalOf(value, errors, confidence) {
  const square = errors.reduce((sum2, error) => sum2 + error.square, 0);
  const freedom = square ** 2 / errors.reduce((sum2, error) => sum2 + error.square ** 2 / error.freedom, 0);
  const half = square === 0 ? 0 : studentQuantile(1 - (1 - confidence) / 2, freedom) * Math.sqrt(square);
  const end2 = (at2) => Math.max(0, at2);
  return { estimate: end2(value), low: end2(value - half), high: end2(value + half) };
}

// src/engine/memory.ts
async function peaksOfFp32({ fp32, validation: store, runtime }, known) {
  return {
    fp32Memory: await peakMemory({ label: "memory of FP32", session: fp32, store, runtime }, known?.fp32Memory),
    emptyMemory: await peakMemory({ label: "memory of the empty runtime", store, runtime }, known?.emptyMemory)
  };
}
async function memoryOf(context, planned, session) {
  const { validation: store, runtime, loaded } = context;
  const { confidence } = loaded.policy.gate;
  const { memory } = planned.options.limits;
  const request = { label: `memory of ${planned.id}`, session, store, runtime };
  let own = await peakMemory(request);
  for (; ; ) {
    const measured2 = memoryMeasurement(context.fp32Memory, own, context.emptyMemory, confidence);
    const checks2 = checkVariant({ limits: { memory }, measurements: { memory: measured2 }, confidence });
    if (!checks2.some(({ verdict }) => verdict === "inconclusive") || own.peaks.length >= mostRepeats) return measured2;
    own = await peakMemory(request, own);
    Object.assign(context, await peaksOfFp32(context, context));
  }
}

// src/engine/outputs.ts
import { existsSync as existsSync8 } from "node:fs";
import { join as join11 } from "node:path";
var patience = { loadMs: 6e5, sampleMs: 6e4 };
function intervals({ loaded, options }) {
  return { confidence: loaded.policy.gate.confidence, seed: options.seed };
}
var NanOutput = class extends WorkerError {
  constructor(message) {
    super("error", message);
  }
};
async function runOutputs({ runtime, modelDir, planned, options }, id, session, store) {
  const to = join11(modelDir, `${id}.outputs`);
  const { model, ...settings } = session;
  const digest = model === planned.file ? planned.sha256 : await modelDigest(model);
  const key2 = sha256(JSON.stringify([digest, settings, store.digest, planned.policy.batch]));
  if (existsSync8(`${to}.json`)) {
    const index = readIndex(to);
    if (index.key === key2) return withoutNan(index.nans ?? {}, planned, openStore(to));
  }
  const { loadMs, sampleMs } = options.patience ?? patience;
  const worker = await WorkerProcess.start({ runtime, label: `${planned.name} ${id}` });
  const stage = options.progress.stage(
    `${planned.name} ${id}: inference on validation data`,
    store.samples.length,
    "samples"
  );
  let reported2 = 0;
  try {
    const result = await worker.call(
      runStoreJob,
      { session, store: storeReference(store), batch: planned.policy.batch, to, key: key2 },
      {
        timeoutMs: loadMs + store.samples.length * sampleMs,
        onProgress: (done) => {
          stage.advance(done - reported2);
          reported2 = done;
        }
      }
    );
    stage.done();
    return withoutNan(result.nans, planned, openStore(to));
  } finally {
    await worker.close();
  }
}
function withoutNan(nans, { policy }, outputs) {
  const found2 = Object.entries(nans).find(([name]) => (policy.output ?? name) === name);
  if (!found2) return outputs;
  const [output, { count: count2, first }] = found2;
  throw new NanOutput(`output "${output}" holds ${count2} NaN, first for ${first}`);
}
async function runFp32(context, session, store) {
  try {
    return await runOutputs(context, session.provider === "cpu" ? "fp32" : `fp32-${session.provider}`, session, store);
  } catch (error) {
    throw failureOfFp32(context.planned, session, error);
  }
}
function failureOfFp32({ path, validation }, { provider }, cause) {
  if (cause instanceof NanOutput) {
    return new UserError(
      `${path}: FP32's own ${cause.message}; check the model and the preprocessing, there is nothing to compare with`,
      { cause }
    );
  }
  if (!isJobError(cause)) return cause;
  const cure = provider === "cpu" ? "" : `; the ${provider} provider needs its libraries beside ONNX Runtime's: see runtime-path`;
  const generated = validation.generated ? "; the inputs were generated and the model may need others: name real ones with `data.validation`" : "";
  return new UserError(`ONNX Runtime cannot run ${path}: ${cause.message}${generated}${cure}`, { cause });
}

// src/measure/contract.ts
var threadsCost = 1.05;

// src/gate/suggest.ts
var mostNodes = 3;
function suggest(input) {
  const open5 = input.checks.filter((check) => check.verdict !== "pass");
  if (open5.length === 0) return [];
  const lost = (prefix) => open5.find((check) => check.name.startsWith(prefix) && decideCheck(check, input.onInconclusive) !== "pass");
  return [
    ...moreSamples(input, open5),
    ...lost("accuracy.") ? recoverAccuracy(input, lost("accuracy.")) : [],
    ...lost("latency.") ? recoverLatency(input, lost("latency.")) : [],
    ...lost("size.") ? recoverSize(input) : []
  ];
}
function moreSamples({ id, measurements }, open5) {
  const { accuracy: accuracy2 } = measurements;
  const needed2 = Math.max(0, ...open5.map(({ samplesNeeded: samplesNeeded2 = 0 }) => samplesNeeded2));
  if (needed2 === 0 || !accuracy2 || "notMeasured" in accuracy2) return [];
  return [
    `${id}: add about ${counted(needed2, "sample")} to the ${counted(accuracy2.samples, "validation sample")} to decide its accuracy (estimate).`
  ];
}
function recoverAccuracy(input, check) {
  const { id, level, levels, measurements, trials = [] } = input;
  const { accuracy: accuracy2 } = measurements;
  if (!accuracy2 || "notMeasured" in accuracy2) return [];
  const { metric } = accuracy2;
  const drop = accuracy2.drop.estimate;
  const allowed2 = check.name === "accuracy.max-drop" ? check.limit : void 0;
  const change = (after) => `${metricDifference(metric, drop)} -> ${metricDifference(metric, after)}`;
  const tried = trials.filter(({ metricDrop, keptFloat }) => keptFloat.length > 0 && metricDrop !== void 0 && metricDrop < drop).filter(({ metricDrop }) => allowed2 === void 0 || metricDrop <= allowed2).sort((a, b) => a.keptFloat.length - b.keptFloat.length || a.metricDrop - b.metricDrop)[0];
  if (tried) {
    const speed2 = tried.speedup === void 0 ? "" : ` at ${latencyChange(input, tried.speedup)}`;
    return [
      `${id}: keep ${names2(tried.keptFloat)} in FP32: the drop of ${metric} goes ${change(tried.metricDrop)}${speed2}.`
    ];
  }
  const next2 = [2, 3].find((each) => each > level && !levels[each]);
  if (!next2) return [];
  const what = next2 === 2 ? "static quantization with calibration data" : "training with fake quantization";
  return [`${id}: add level ${next2}, ${what}, to the policy; it was not tried.`];
}
function latencyChange({ measurements: { latency } }, speedup2) {
  const own = latency && !("notMeasured" in latency) ? latency[0]?.speedup.estimate : void 0;
  if (own === void 0) return `a speed-up of ${speedup2.toFixed(2)}x`;
  const change = own / speedup2 - 1;
  return `${change >= 0 ? "+" : ""}${percent(change)} latency`;
}
function recoverLatency({ id, placement, measurements, oneThread }, check) {
  const suggestions = [];
  if (oneThread !== void 0 && oneThread < 1 / threadsCost) {
    suggestions.push(
      `${id}: FP32 takes ${oneThread.toFixed(2)} times as long on one thread as on all: at the moment this machine's CPUs hand work to each other slowly, and speed-ups change with that; measure on one thread (\`measure.threads: 1\`), or run again.`
    );
  }
  const { latency } = measurements;
  const noise2 = latency && !("notMeasured" in latency) ? latency[0]?.noise : void 0;
  if (check.verdict === "inconclusive" && check.estimate !== null) {
    const margin = Math.abs(check.estimate / check.limit - 1);
    if (noise2 !== void 0 && noise2 > margin) {
      suggestions.push(
        `${id}: equal files differ by up to ${percent(noise2)} on this machine, the limit is ${percent(margin)} away; use a quieter runner, or a limit further from what the model reaches.`
      );
    } else {
      suggestions.push(`${id}: give latency more time (\`measure.latency-budget\`) to decide ${check.name}.`);
    }
  }
  const { quantizedNodes = 0, integerKernels = 0, floatNodes = [] } = placement ?? {};
  const slow = quantizedNodes - integerKernels;
  if (slow > 0) {
    suggestions.push(
      `${id}: ${slow} of ${quantizedNodes} quantized nodes run in no integer kernel and only add conversions; keep them in FP32.`
    );
  }
  const [why, nodes] = mostCommon(floatNodes) ?? [];
  if (why !== void 0 && nodes && nodes.length > 0) {
    suggestions.push(
      `${id}: ${counted(nodes.length, "node")} (${names2(nodes.map(({ node }) => node))}) stayed in FP32: ${why}.`
    );
  }
  return suggestions;
}
function mostCommon(nodes) {
  const byReason = /* @__PURE__ */ new Map();
  for (const node of nodes) byReason.set(node.why, [...byReason.get(node.why) ?? [], node]);
  return [...byReason].sort((a, b) => b[1].length - a[1].length)[0];
}
function recoverSize({ id, level, levels }) {
  const own = levels[level];
  if (!own || own["keep-float"].length === 0) return [];
  return [
    `${id}: \`keep-float\` leaves ${listed(own["keep-float"])} at four bytes a weight; quantizing them makes the file smaller.`
  ];
}
function names2(all) {
  const shown = all.slice(0, mostNodes);
  const rest = all.length - shown.length;
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : listed(shown);
}

// src/engine/open-ends.ts
function withOpenEnds(measurements) {
  return opened(measurements);
}
function opened(value) {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return null;
  if (Array.isArray(value)) return value.map(opened);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key2, each]) => [key2, opened(each)]));
}

// src/engine/report.ts
function reportModel(context, gated) {
  const { planned, loaded, calibration, validation } = context;
  const shared = planned.calibration.generated ? 0 : sharedSamples(calibration, validation).length;
  const variants = gated.map(({ report }) => report);
  return {
    report: {
      name: planned.name,
      source: {
        path: planned.path,
        sha256: planned.sha256,
        bytes: planned.bytes,
        opset: planned.model.opset(),
        parameters: planned.model.parameterCount
      },
      task: planned.policy.task,
      data: {
        calibration: describe2(planned.calibration),
        validation: `${describe2(planned.validation)}${planned.validation.generated ? ": accuracy is not measured" : ""}`,
        ...shared > 0 && { shared },
        ...unmeasured(context)
      },
      verdict: decideModel({ name: planned.name, variants }, loaded.policy).verdict,
      fp32: fp32Report(context),
      variants,
      ...sensitivityOf(gated),
      suggestions: gated.flatMap(({ report, planned: { level } }) => suggestFor(context, report, level))
    },
    files: [
      { id: "fp32", path: planned.file, external: externalLocations(planned.model.proto) },
      ...gated.flatMap(({ report, path, external }) => path ? [{ id: report.id, path, external }] : [])
    ],
    noise: (context.latencyMachine?.noise ?? []).map(({ halfWidth }) => halfWidth),
    environments: context.environments
  };
}
function sensitivityOf(gated) {
  const found2 = gated.find(({ sensitivity }) => sensitivity !== void 0)?.sensitivity;
  if (!found2) return {};
  return {
    sensitivity: found2.map(({ node, op, onlyDb, allButDb }) => ({ node, op, sqnrDb: onlyDb, withoutDb: allButDb }))
  };
}
function suggestFor(context, report, level) {
  const { policy } = context.loaded;
  const { id, checks: checks2, measurements, placement, search: search2 } = report;
  const beyond = beyondFp32(context, report);
  if (beyond !== void 0) return [beyond];
  return suggest({
    id,
    level,
    levels: policy.levels,
    onInconclusive: policy.gate["on-inconclusive"],
    checks: checks2,
    measurements,
    placement,
    trials: search2?.frontier,
    oneThread: worstOf(context.environments)?.oneThread
  });
}
function describe2({ dataset, generated }) {
  return generated ? `${dataset.size} generated inputs` : dataset.description;
}
function unmeasured({ planned, reference, validation }) {
  if ("notMeasured" in reference.measurement) return {};
  const { metric } = reference.measurement;
  if (planned.validation.generated) {
    return {
      unmeasured: `accuracy was not measured, for the policy names no validation data; ${metric} compares with FP32 on ${validation.samples.length} generated inputs`
    };
  }
  if (typeof planned.metric !== "string" || metric === planned.metric) return {};
  return {
    unmeasured: `${planned.metric} was not measured, for the validation data has no labels; ${metric} compares with FP32`
  };
}
function beyondFp32(context, { id, checks: checks2 }) {
  const { measurement } = context.reference;
  if ("notMeasured" in measurement) return void 0;
  const { value, metric } = measurement;
  const missed = checks2.find(
    ({ name, operator, limit: limit2, verdict }) => name === "accuracy.min" && verdict !== "pass" && (operator === ">=" ? value < limit2 : value > limit2)
  );
  if (!missed) return void 0;
  const limit = `${missed.operator === ">=" ? "≥" : "≤"} ${metricValue(metric, missed.limit)}`;
  return `${id}: FP32 itself has ${metric} ${metricValue(metric, value)}, so no level can keep ${limit}; change \`accuracy.min\`, or the model.`;
}
function fp32Report(context) {
  const { planned, reference, fp32Memory, emptyMemory, fp32Latency } = context;
  return {
    id: "fp32",
    level: 0,
    method: "fp32",
    target: "any",
    seconds: 0,
    verdict: "pass",
    measurements: withOpenEnds({
      size: { bytes: planned.bytes, ratio: 1 },
      ...fp32Latency && { latency: fp32Latency },
      memory: memoryMeasurement(fp32Memory, fp32Memory, emptyMemory, context.loaded.policy.gate.confidence),
      accuracy: reference.measurement
    }),
    checks: [],
    notes: []
  };
}

// src/engine/variant.ts
import { mkdir as mkdir9 } from "node:fs/promises";
import { join as join26 } from "node:path";

// src/gate/latency.ts
var precision = 0.02;
function latencyDecided(limits2, latency) {
  if (latency.batch !== limits2.batch) return isPrecise(latency);
  const checks2 = checkVariant({ limits: { latency: limits2 }, measurements: { latency: [latency] }, confidence: 0.95 });
  if (checks2.length === 0) return isPrecise(latency);
  return checks2.every(({ verdict }) => verdict !== "inconclusive");
}
function isPrecise({ speedup: { estimate, low, high } }) {
  return high - low <= 2 * precision * estimate;
}

// src/measure/latency-looks.ts
var minGenerations = 3;
var growth = 1.4;
var share = 0.2;
var looks = /* @__PURE__ */ new Set();
for (let look = minGenerations; look < 1e6; look = Math.ceil(look * growth)) looks.add(look);
var isLook = (generations) => looks.has(generations);
var lookConfidence = (confidence) => 1 - (1 - confidence) * share;

// src/measure/latency-statistics.ts
function speedupInterval(pairs, percentile2, options) {
  const levels = pairs.map(({ fp32: fp322, variant: variant2 }) => Math.sqrt(median(fp322) * median(variant2)));
  const levelled = (side) => new WeightedRuns(pairs.map((pair, index) => pair[side].map((time) => time / levels[index])));
  const fp32 = levelled("fp32");
  const variant = levelled("variant");
  const drawn = logInterval(
    pairs,
    options,
    (weights) => Math.log(fp32.quantile(percentile2, weights) / variant.quantile(percentile2, weights))
  );
  const [own, other] = [fp32, variant].map((runs) => runs.reach(percentile2, options.confidence));
  return widest(drawn, { below: Math.hypot(own.below, other.above), above: Math.hypot(own.above, other.below) });
}
function percentileInterval(blocks, percentile2, options) {
  const runs = new WeightedRuns(blocks.map(({ times }) => times));
  const drawn = logInterval(blocks, options, (weights) => Math.log(runs.quantile(percentile2, weights)));
  return widest(drawn, runs.reach(percentile2, options.confidence));
}
function widest({ estimate, low, high }, { below: below2, above }) {
  return {
    estimate,
    low: Math.min(low, estimate * Math.exp(-below2)),
    high: Math.max(high, estimate * Math.exp(above))
  };
}
function logInterval(blocks, options, statistic) {
  const estimate = statistic(new Uint16Array(blocks.length).fill(1));
  const generations = /* @__PURE__ */ new Map();
  for (const [index, { generation }] of blocks.entries()) {
    generations.set(generation, [...generations.get(generation) ?? [], index]);
  }
  if (generations.size < 2) return { estimate: Math.exp(estimate), low: 0, high: Number.POSITIVE_INFINITY };
  const parts3 = [[...generations.values()], blocks.map((_, index) => [index])].map(
    (units) => reach(units, blocks.length, estimate, options, statistic)
  );
  return {
    estimate: Math.exp(estimate),
    low: Math.exp(estimate - Math.max(...parts3.map(({ below: below2 }) => below2))),
    high: Math.exp(estimate + Math.max(...parts3.map(({ above }) => above)))
  };
}
function reach(units, blocks, estimate, { confidence, seed, resamples = 400 }, statistic) {
  const random = new Random(seed, "blocks");
  const count2 = units.length;
  const weights = new Uint16Array(blocks);
  const replicates = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    weights.fill(0);
    for (let draw = 0; draw < count2; draw++) for (const block of units[random.below(count2)]) weights[block]++;
    replicates[resample] = statistic(weights);
  }
  replicates.sort();
  const tail = (1 - confidence) / 2;
  const expansion = studentQuantile(1 - tail, count2 - 1) / normalQuantile(1 - tail) * Math.sqrt(count2 / (count2 - 1));
  const at2 = (fraction) => replicates[Math.round(fraction * (resamples - 1))];
  return {
    below: Math.max(0, estimate - at2(tail)) * expansion,
    above: Math.max(0, at2(1 - tail) - estimate) * expansion
  };
}
function widen2({ estimate, low, high }, relative4) {
  const centre = Math.log(estimate);
  const extra = Math.log1p(relative4);
  return {
    estimate,
    low: Math.exp(centre - Math.hypot(centre - Math.log(low), extra)),
    high: Math.exp(centre + Math.hypot(Math.log(high) - centre, extra))
  };
}
var WeightedRuns = class {
  #times;
  #blocks;
  #sizes;
  constructor(blocks) {
    const runs = blocks.flatMap((times, block) => times.map((time) => ({ time, block })));
    runs.sort((a, b) => a.time - b.time);
    this.#times = Float64Array.from(runs, (run) => run.time);
    this.#blocks = Uint32Array.from(runs, (run) => run.block);
    this.#sizes = blocks.map((times) => times.length);
  }
  /**
   * How far a percentile may lie from that of all these runs. No draw from them is beyond the longest, and a hundred runs
   * say little about the longest in a hundred; so these are the runs of such rank that the percentile lies beyond them with at most the
   * probability that is left (order statistics; W. Conover, Practical Nonparametric Statistics, 1999, section 3.2). Infinite where no run
   * has that rank: for a 99th percentile at 95 % confidence above fewer than 368 runs.
   */
  reach(fraction, confidence) {
    const count2 = this.#times.length;
    const tail = (1 - confidence) / 2;
    const rank4 = (probability) => {
      let [from, to] = [-1, count2];
      while (to - from > 1) {
        const middle = from + to >> 1;
        if (binomialCdf(middle, count2, fraction) > probability) to = middle;
        else from = middle;
      }
      return to;
    };
    const [lower, upper] = [rank4(tail) - 1, rank4(1 - tail)];
    const estimate = Math.log(this.quantile(fraction, new Uint16Array(this.#sizes.length).fill(1)));
    return {
      below: lower < 0 ? Number.POSITIVE_INFINITY : Math.max(0, estimate - Math.log(this.#times[lower])),
      above: upper >= count2 ? Number.POSITIVE_INFINITY : Math.max(0, Math.log(this.#times[upper]) - estimate)
    };
  }
  /** The mean of the two middle ones where the rank falls between two runs (type 2 of Hyndman and Fan, 1996). */
  quantile(fraction, weights) {
    const total = this.#sizes.reduce((sum2, size, block) => sum2 + size * weights[block], 0);
    const rank4 = fraction * total;
    let passed = 0;
    for (let index = 0; index < this.#times.length; index++) {
      passed += weights[this.#blocks[index]];
      if (passed > rank4 + 1e-9) return this.#times[index];
      if (passed > rank4 - 1e-9) {
        let next2 = index + 1;
        while (next2 < this.#times.length && weights[this.#blocks[next2]] === 0) next2++;
        return next2 < this.#times.length ? (this.#times[index] + this.#times[next2]) / 2 : this.#times[index];
      }
    }
    return this.#times[this.#times.length - 1];
  }
};

// src/measure/latency-rounds.ts
var fractions = { p50: 0.5, p90: 0.9, p99: 0.99 };
var fp32Id = "fp32";
var againId = "fp32 again";
var discardShare = 0.2;
var stolenTooMuch = 0.1;
var threadsPay = 0.85;
var Rounds = class {
  kept = [];
  taken = 0;
  #serialMs;
  /** FP32's median time in each round. */
  #levels = /* @__PURE__ */ new Map();
  #disturbed = 0;
  /** @param serialMs what FP32 takes on one thread, where the rounds are on several */
  constructor(serialMs) {
    this.#serialMs = serialMs;
  }
  get discarded() {
    return this.#disturbed + this.kept.length - this.used.length;
  }
  /** The rounds that count. */
  get used() {
    const together2 = this.kept.filter((round) => !this.#isApart(round));
    const generations = new Set(together2.map(({ generation }) => generation)).size;
    if (together2.length === this.kept.length || generations < minGenerations) return this.kept;
    const level = this.#level(together2);
    return level < threadsPay * this.#serialMs ? together2 : this.kept;
  }
  /** FP32's time on one thread over that on all; undefined where there is one. */
  get oneThread() {
    return this.#serialMs === void 0 ? void 0 : this.#serialMs / this.#level(this.used);
  }
  /**
   * In logarithms, how much longer FP32 takes on all threads than on one. Speed-ups are off by about as much: it enters
   * their intervals, so that a limit near by is not decided before the machine is itself again or the budget ends.
   */
  get apart() {
    const lost = 1 / (this.oneThread ?? 1);
    return lost > threadsCost ? Math.log(lost) : 0;
  }
  #isApart(round) {
    return this.#serialMs !== void 0 && this.#levels.get(round) > threadsCost * this.#serialMs;
  }
  #level(rounds2) {
    return median(rounds2.map((round) => this.#levels.get(round)));
  }
  add(round) {
    this.taken++;
    const allowed2 = Math.floor(discardShare * this.taken);
    if (this.#disturbed < allowed2 && (round.steal > stolenTooMuch || this.#isOutlier(round.blocks))) this.#disturbed++;
    else {
      this.kept.push(round);
      this.#levels.set(round, median(round.blocks.get(fp32Id)?.times ?? []));
    }
  }
  /**
   * Judged by the round as a whole, whichever process was hit, so that leaving it out favours none: some block took
   * twice its process's usual time, while processes were pre-empted far more often than usual.
   */
  #isOutlier(blocks) {
    if (this.kept.length < 4) return false;
    const slow = [...blocks].some(([id, { times }]) => {
      const usual = this.blocks(id).map((block) => median(block.times));
      return usual.length >= 4 && median(times) > 2 * median(usual);
    });
    return slow && preemptions(blocks) > 2 * median(this.kept.map((round) => preemptions(round.blocks))) + 4;
  }
  /** The blocks of one process. */
  blocks(id) {
    return this.used.flatMap(({ blocks, generation }) => {
      const block = blocks.get(id);
      return block ? [{ ...block, generation }] : [];
    });
  }
  /** Blocks of FP32 with those of another process from the same rounds. */
  pairs(id) {
    return this.used.flatMap(({ blocks, generation }) => {
      const [fp32, other] = [blocks.get(fp32Id), blocks.get(id)];
      return fp32 && other ? [{ fp32, other, generation }] : [];
    });
  }
};
function preemptions(blocks) {
  return [...blocks.values()].reduce((sum2, block) => sum2 + block.preemptions, 0);
}
function noiseOf(rounds2, { batch, percentile: percentile2, ...options }) {
  const { estimate, low, high } = speedup(rounds2, againId, fractions[percentile2], options);
  return { batch, percentile: percentile2, deviation: Math.abs(Math.log(estimate)), halfWidth: Math.max(high - 1, 1 - low) };
}
function knownNoise(noise2, { batch, percentile: percentile2 }) {
  return noise2?.find((each) => each.batch === batch && each.percentile === percentile2);
}
var equal = { estimate: 1, low: 1, high: 1 };
function speedup(rounds2, id, percentile2, options, runs = (block) => block.times) {
  const pairs = rounds2.pairs(id).map(({ fp32, other, generation }) => ({
    fp32: runs(fp32),
    variant: runs(other),
    generation
  }));
  return speedupInterval(
    pairs.filter(({ fp32, variant }) => fp32.length > 0 && variant.length > 0),
    percentile2,
    options
  );
}
function speedupOf(rounds2, id, noise2, { percentile: percentile2, ...options }) {
  if (id === fp32Id) return equal;
  const off = Math.hypot(noise2.deviation, rounds2.apart);
  return widen2(speedup(rounds2, id, fractions[percentile2], options), Math.expm1(off));
}
function summarize(rounds2, { id, loadMs }, noise2, options) {
  const blocks = rounds2.blocks(id);
  const at2 = (name) => percentileInterval(blocks, fractions[name], options);
  const intervals2 = { p50Ms: at2("p50"), p90Ms: at2("p90"), p99Ms: at2("p99") };
  const total = (of) => blocks.reduce((sum2, block) => sum2 + of(block), 0);
  const waited = total((block) => block.waited);
  const ran = total(({ times }) => times.reduce((sum2, time) => sum2 + time, 0));
  return {
    batch: options.batch,
    p50Ms: intervals2.p50Ms.estimate,
    p90Ms: intervals2.p90Ms.estimate,
    p99Ms: intervals2.p99Ms.estimate,
    intervals: intervals2,
    runs: total(({ times }) => times.length),
    speedup: speedupOf(rounds2, id, noise2, options),
    loadMs: median(loadMs),
    noise: Math.max(noise2.halfWidth, Math.expm1(rounds2.apart)),
    discarded: rounds2.discarded,
    waited: waited / (waited + ran)
  };
}
function shapesOf(rounds2, { id, shapes }, options) {
  const distinct = [...new Set(shapes)];
  if (distinct.length < 2) return {};
  return {
    shapes: distinct.flatMap((shape) => {
      const runs = ({ firstFeed, times: times2 }) => times2.filter((_, run) => shapes[(firstFeed + run) % shapes.length] === shape);
      const times = rounds2.blocks(id).flatMap(runs);
      if (times.length === 0) return [];
      return {
        shape,
        p50Ms: median(times),
        runs: times.length,
        speedup: id === fp32Id ? equal : speedup(rounds2, id, fractions.p50, options, runs)
      };
    })
  };
}

// src/measure/latency.ts
var blockMs = 25;
var maxBlockRuns = 100;
var rewarmMs = 3;
var seconds = (ms) => (ms / 1e3).toFixed(0);
var roundsShare = 3;
var minGenerationRounds = 3;
var maxGenerationRounds = 36;
var mostSerialMs = 100;
var spinMicroseconds = 1e3;
async function measureLatency(request) {
  const { provider, threads } = request.fp32;
  const cpus2 = provider === "cpu" ? await chooseCpus(threads) : void 0;
  const ticks = cpuTicks();
  const contend = (id, session) => ({
    id,
    session: { ...session, spinMicroseconds },
    loadMs: [],
    latency: [],
    decided: false
  });
  const fp32 = contend(fp32Id, request.fp32);
  const { percentile: percentile2 } = request;
  const isKnown = request.batches.every((batch) => knownNoise(request.noise, { batch, percentile: percentile2 }));
  const again = isKnown ? void 0 : contend(againId, request.fp32);
  const variants = request.variants.map(({ id, session }) => contend(id, session));
  const bench = new LatencyBench(request, fp32, again, variants, cpus2);
  try {
    await bench.start();
    for (const batch of request.batches) await bench.measureBatch(batch);
    return {
      fp32: fp32.latency,
      variants: variants.map(({ id, latency, error }) => error ? { id, error } : { id, latency }),
      noise: bench.noise,
      serial: bench.serial,
      environment: await describeEnvironment(ticks, { boundTo: cpus2, oneThread: bench.oneThread })
    };
  } finally {
    await bench.close();
  }
}
var LatencyBench = class {
  noise = [];
  serial = [];
  /** The least of all batches. */
  oneThread;
  #request;
  #fp32;
  #again;
  #variants;
  #cpus;
  #random;
  constructor(request, fp32, again, variants, cpus2) {
    this.#request = request;
    this.#fp32 = fp32;
    this.#again = again;
    this.#variants = variants;
    this.#cpus = cpus2;
    this.#random = new Random(request.seed, "latency");
  }
  get #all() {
    return [this.#fp32, ...this.#again ? [this.#again] : [], ...this.#variants];
  }
  async start() {
    const { runtime } = this.#request;
    const started = await Promise.allSettled(
      this.#all.map(
        (contender) => this.#guard(contender, async () => {
          contender.worker = await WorkerProcess.start({
            runtime,
            label: contender.id,
            ...this.#cpus && { cpus: this.#cpus }
          });
        })
      )
    );
    const failed = started.find((each) => each.status === "rejected");
    if (failed) throw failed.reason;
  }
  async close() {
    await Promise.all(this.#all.map(({ worker }) => worker?.close()));
  }
  async measureBatch(batch) {
    const { batches, budgetMs, progress = silent } = this.#request;
    for (const contender of this.#all) contender.decided = false;
    const stage = progress.stage(`latency at batch ${batch}`, void 0, "rounds");
    const rounds2 = new Rounds(await this.#timeSerial(batch));
    const start = performance.now();
    const budget2 = budgetMs * Math.max(1, this.#variants.length) / batches.length;
    const isLate = () => performance.now() - start > budget2;
    let preparing = 0;
    for (let generation = 1; generation <= minGenerations || !isLate(); generation++) {
      const begin = performance.now();
      await this.#prepare(batch);
      if (this.#variants.length > 0 && !this.#variants.some((variant) => this.#isActive(variant))) break;
      const prepared = performance.now();
      preparing += prepared - begin;
      for (let round = 0; round < maxGenerationRounds; round++) {
        if (round >= 1 && isLate()) break;
        if (round >= minGenerationRounds && performance.now() - prepared > roundsShare * preparing / generation)
          break;
        const taken = { generation, ...await this.#round(rounds2.taken) };
        this.#request.onRound?.(taken);
        rounds2.add(taken);
        stage.advance(1, `${seconds(performance.now() - start)} of at most ${seconds(budget2)} s`);
      }
      if (isLook(generation) && this.#decide(rounds2, batch)) break;
    }
    this.#conclude(rounds2, batch);
    stage.done(`${rounds2.used.length} rounds`);
  }
  /** FP32 on one thread, where it is measured on more. */
  async #timeSerial(batch) {
    const { serial, store, timeoutMs = 3e5 } = this.#request;
    const { session, worker } = this.#fp32;
    if (session.provider !== "cpu" || session.threads < 2) return void 0;
    let known = serial?.find((each) => each.batch === batch);
    if (!known) {
      const params = { session: { ...session, threads: 1 }, store: storeReference(store), batch, release: true };
      const { runMs, shapes } = await worker.call(prepareLatencyJob, params, { timeoutMs });
      const isAlike = new Set(shapes).size < 2;
      known = { batch, ms: isAlike && runMs < mostSerialMs ? runMs : void 0 };
    }
    this.serial.push(known);
    return known.ms;
  }
  #isActive({ error, decided }) {
    return !error && !decided;
  }
  /**
   * Fresh sessions for all, one after another, each run until it is warm. The order is random: the first to take its
   * memory and threads has not the same luck as the last.
   */
  async #prepare(batch) {
    const { store, timeoutMs = 3e5 } = this.#request;
    for (const contender of this.#random.shuffle(this.#all)) {
      if (!this.#isActive(contender)) continue;
      await this.#guard(contender, async () => {
        const params = { session: contender.session, store: storeReference(store), batch };
        contender.prepared = await contender.worker.call(prepareLatencyJob, params, { timeoutMs });
        contender.loadMs.push(contender.prepared.loadMs);
      });
    }
  }
  /** One block of each, in random order. As many runs for each, so that each sees the same inputs. */
  async #round(index) {
    const active = this.#all.filter((contender) => this.#isActive(contender));
    const slowest = Math.max(...active.map(({ prepared }) => prepared.runMs));
    const least2 = this.#request.percentile === "p50" ? 1 : 3;
    const runs = Math.min(maxBlockRuns, Math.max(least2, Math.ceil(blockMs / slowest)));
    const ticks = cpuTicks();
    const blocks = /* @__PURE__ */ new Map();
    for (const contender of this.#random.shuffle(active)) {
      const { runMs } = contender.prepared;
      const warmRuns = runMs > blockMs / 2 ? 0 : Math.min(maxBlockRuns, Math.ceil(rewarmMs / runMs));
      const timeoutMs = Math.max(6e4, 50 * (runs + warmRuns) * runMs);
      await this.#guard(contender, async () => {
        const params = { firstFeed: index * runs, runs, warmRuns };
        blocks.set(contender.id, await contender.worker.call(blockJob, params, { timeoutMs }));
      });
    }
    return { blocks, steal: stealSince(ticks) ?? 0 };
  }
  /** Marks the variants about which enough is known. @returns whether that is all */
  #decide(rounds2, batch) {
    const { decide, precision: precision2 = 0.02 } = this.#request;
    const options = this.#options(batch, lookConfidence(this.#request.confidence), 200);
    const noise2 = this.#noiseOf(rounds2, options);
    for (const variant of this.#variants) {
      if (!this.#isActive(variant)) continue;
      const latency = summarize(rounds2, measured(variant), noise2, options);
      const { estimate, low, high } = latency.speedup;
      variant.decided = decide ? decide(latency, variant.id) : high - low <= 2 * precision2 * estimate;
    }
    if (this.#variants.length === 0) return noise2.halfWidth <= precision2;
    return !this.#variants.some((variant) => this.#isActive(variant));
  }
  #conclude(rounds2, batch) {
    const options = this.#options(batch, this.#request.confidence, 600);
    const noise2 = this.#noiseOf(rounds2, options);
    this.noise.push(noise2);
    const { oneThread = Number.POSITIVE_INFINITY } = rounds2;
    if (oneThread < (this.oneThread ?? Number.POSITIVE_INFINITY)) this.oneThread = oneThread;
    for (const contender of [this.#fp32, ...this.#variants]) {
      if (contender.error) continue;
      const own = measured(contender);
      contender.latency.push({ ...summarize(rounds2, own, noise2, options), ...shapesOf(rounds2, own, options) });
    }
  }
  #options(batch, confidence, resamples) {
    const { percentile: percentile2, seed } = this.#request;
    return { batch, percentile: percentile2, confidence, seed, resamples };
  }
  #noiseOf(rounds2, options) {
    return knownNoise(this.#request.noise, options) ?? noiseOf(rounds2, options);
  }
  /** A variant's process that fails takes the variant out; FP32's ends the measurement. */
  async #guard(contender, action) {
    if (contender.error) return;
    try {
      await action();
    } catch (error) {
      if (!(error instanceof WorkerError) || !this.#variants.includes(contender)) throw error;
      contender.error = error;
    }
  }
};
function measured({ id, loadMs, prepared }) {
  return { id, loadMs, shapes: prepared?.shapes ?? [] };
}

// src/measure/placement.ts
import { mkdir as mkdir2 } from "node:fs/promises";
import { join as join12 } from "node:path";

// src/ops/table.ts
function row(op, kind, details = {}) {
  return { op, domain: "", kind, data: [0], kernels: {}, ...details };
}
var rows2 = (ops, kind, details = {}) => ops.map((op) => row(op, kind, details));
var float = (ops, why, domain = "") => rows2(ops, "float", { why, data: "all", domain });
var noKernel = (op) => `ONNX Runtime has no integer kernel for ${op}`;
var normalization = "normalization needs float: its statistics do not survive 8 bits and no integer kernel exists";
var transcendental = "no integer kernel; Q and DQ around it would cost more than the operator";
var weighted = [
  row("Conv", "weighted", {
    weight: { input: 1, axis: () => 0 },
    bias: 2,
    kernels: { cpu: "QLinearConv", tensorrt: "Conv" },
    dynamicKernel: "ConvInteger"
  }),
  row("ConvTranspose", "weighted", {
    // [C_in, C_out / group, ...]: with groups the output channels are not one axis.
    weight: { input: 1, axis: (node) => node.attrInt("group", 1) === 1 ? 1 : void 0 },
    bias: 2,
    kernels: { tensorrt: "ConvTranspose" },
    why: noKernel("ConvTranspose")
  }),
  row("Gemm", "weighted", {
    weight: { input: 1, axis: (node) => node.attrInt("transB", 0) ? 0 : 1 },
    bias: 2,
    kernels: { cpu: "QGemm", tensorrt: "Gemm" },
    dynamicKernel: "DynamicQuantizeMatMul",
    floatOutput: true,
    blocked: (node) => node.attrInt("transA", 0) ? "transA: the activations are transposed" : void 0
  }),
  row("MatMul", "weighted", {
    data: [0, 1],
    // ONNX Runtime takes per-column scales of 2-D weights only.
    weight: { input: 1, axis: (_node, rank4) => rank4 === 2 ? 1 : void 0 },
    kernels: { cpu: "QLinearMatMul", tensorrt: "MatMul" },
    dynamicKernel: "DynamicQuantizeMatMul",
    floatOutput: true
  })
];
var recurrent = [
  row("LSTM", "recurrent", {
    weight: { input: 1, axis: () => 1 },
    furtherWeights: [{ input: 2, axis: () => 1 }],
    bias: 3,
    dynamicKernel: "DynamicQuantizeLSTM",
    why: "recurrent: its weights are quantized, its activations at run time (DynamicQuantizeLSTM)"
  }),
  row("GRU", "recurrent", {
    weight: { input: 1, axis: () => 1 },
    furtherWeights: [{ input: 2, axis: () => 1 }],
    bias: 3,
    why: noKernel("GRU")
  }),
  row("RNN", "recurrent", {
    weight: { input: 1, axis: () => 1 },
    furtherWeights: [{ input: 2, axis: () => 1 }],
    bias: 3,
    why: noKernel("RNN")
  })
];
var arithmetic = [
  row("Add", "elementwise", { data: [0, 1], kernels: { cpu: "QLinearAdd", tensorrt: "Add" } }),
  row("Mul", "elementwise", { data: [0, 1], kernels: { cpu: "QLinearMul" } }),
  row("Concat", "concat", { data: "all", kernels: { cpu: "QLinearConcat", tensorrt: "Concat" } }),
  row("Where", "select", { data: [1, 2], kernels: { cpu: "QLinearWhere" } }),
  // Beyond +-8 less than a tenth of a level of [0, 1].
  row("Sigmoid", "activation", { kernels: { cpu: "QLinearSigmoid" }, useful: () => [-8, 8] }),
  // Spelled out where they are quantized: see quantize/static/hard-gates.ts.
  row("HardSigmoid", "activation", {
    kernels: { cpu: "QLinearAdd" },
    blocked: (node) => node.attrFloat("alpha", 0.2) > 0 && node.attrFloat("beta", 0.5) > 0 ? void 0 : "HardSigmoid that does not rise from below 0"
  }),
  row("HardSwish", "activation", { kernels: { cpu: "QLinearMul" } }),
  row("LeakyRelu", "activation", { kernels: { cpu: "QLinearLeakyRelu" } }),
  // Written as a convolution and Max, or Add: see quantize/static/prelu.ts.
  row("PRelu", "activation", {
    kernels: { cpu: "QLinearConv" },
    keepsScale: (node) => {
      const slopes = constantValue(node.input(1))?.data;
      return slopes instanceof Float32Array && slopes.every((slope) => slope <= 1);
    },
    blocked: (node, _, dimsOf3) => {
      const slopes = constantValue(node.input(1));
      if (!(slopes?.data instanceof Float32Array)) return "its slopes are computed at run time";
      const dims = dimsOf3(node.input(0)) ?? [];
      const isOneEach = dims.length > 2 && slopes.data.length === dims[1] && isPerChannel(slopes.dims, dims);
      return isOneEach ? void 0 : "its slopes are not one for each channel";
    },
    why: transcendental
  }),
  row("Softmax", "activation", { kernels: { cpu: "QLinearSoftmax" } }),
  row("AveragePool", "pool", { kernels: { cpu: "QLinearAveragePool", tensorrt: "AveragePool" } }),
  row("GlobalAveragePool", "pool", { kernels: { cpu: "QLinearGlobalAveragePool", tensorrt: "GlobalAveragePool" } })
];
var eightBit = (op) => ({ cpu: op, tensorrt: op });
var passThrough = [
  ...[
    "Reshape",
    "Transpose",
    "Flatten",
    "Squeeze",
    "Unsqueeze",
    "Slice",
    "Expand",
    "Tile",
    "DepthToSpace",
    "ReduceMax",
    "ReduceMin",
    "Identity"
  ].map((op) => row(op, "pass-through", { kernels: eightBit(op) })),
  row("Gather", "pass-through", { kernels: eightBit("Gather") }),
  row("Split", "pass-through", {
    kernels: eightBit("Split"),
    results: "all",
    // The runtime wants a Q behind each output; behind one that nobody reads there is none.
    blocked: (node) => node.outputs.some((value) => value?.isUnused) ? "Split with an output that is not read" : void 0
  }),
  row("MaxPool", "pass-through", {
    kernels: eightBit("MaxPool"),
    blocked: (node) => node.outputs[1] ? "MaxPool with an output of indices" : void 0
  }),
  row("Resize", "pass-through", {
    kernels: eightBit("Resize"),
    blocked: (node) => node.attrString("mode", "nearest") === "nearest" ? void 0 : "Resize interpolates: only nearest runs on 8 bits"
  }),
  row("Pad", "pass-through", {
    // Q/DQ around Pad does not fuse; the pass places Pad on the 8-bit tensor itself.
    kernels: eightBit("Pad"),
    blocked: (node) => node.attrString("mode", "constant") === "constant" ? void 0 : "Pad with a mode other than constant"
  })
];
var clamps = rows2(["Relu", "Clip"], "clamp", {
  why: "a clamp that could not be folded into the range of the tensor before it"
});
var floats = [
  ...float(
    [
      "LayerNormalization",
      "InstanceNormalization",
      "GroupNormalization",
      "BatchNormalization",
      "LpNormalization",
      "RMSNormalization",
      "LRN",
      "MeanVarianceNormalization"
    ],
    normalization
  ),
  ...float(
    [
      "Gelu",
      "Erf",
      "Tanh",
      "Exp",
      "Log",
      "Sqrt",
      "Reciprocal",
      "Pow",
      "Softplus",
      "Softsign",
      "Elu",
      "Selu",
      "Celu",
      "Mish",
      "Sin",
      "Cos",
      "ThresholdedRelu",
      "LogSoftmax",
      "Swish"
    ],
    transcendental
  ),
  ...float(["Sub", "Div", "Neg", "Abs", "Max", "Min", "Sum", "Mean", "Mod"], "no integer kernel on this provider"),
  ...float(
    [
      "ReduceMean",
      "ReduceSum",
      "ReduceL1",
      "ReduceL2",
      "ReduceProd",
      "ReduceSumSquare",
      "ReduceLogSumExp",
      "CumSum",
      "Einsum"
    ],
    "no integer kernel; sums need more than 8 bits"
  ),
  ...float(
    ["GlobalMaxPool", "LpPool", "GlobalLpPool", "MaxRoiPool", "RoiAlign", "GridSample"],
    "no integer kernel for this pooling"
  ),
  ...float(
    [
      "LayerNormalization",
      "SkipLayerNormalization",
      "SimplifiedLayerNormalization",
      "SkipSimplifiedLayerNormalization",
      "EmbedLayerNormalization"
    ],
    normalization,
    "com.microsoft"
  ),
  ...float(["Gelu", "FastGelu", "BiasGelu", "QuickGelu"], transcendental, "com.microsoft"),
  ...float(
    ["FusedConv", "FusedMatMul", "FusedGemm", "MultiHeadAttention", "GroupQueryAttention"],
    "a fused operator of ONNX Runtime without a Q/DQ form; quantize the model it was made from",
    "com.microsoft"
  )
];
var fused = [
  row("Attention", "weighted", {
    domain: "com.microsoft",
    weight: { input: 1, axis: () => 1 },
    bias: 2,
    dynamicKernel: "QAttention",
    why: "fused attention has no Q/DQ form"
  })
];
var table = new Map(
  [...weighted, ...recurrent, ...arithmetic, ...passThrough, ...clamps, ...floats, ...fused].map((operator) => [
    key(operator.domain, operator.op),
    operator
  ])
);
function key(domain, op) {
  return domain === "" || domain === "ai.onnx" ? op : `${domain}:${op}`;
}
function operatorOf(node) {
  return table.get(key(node.domain, node.op));
}
function operators2() {
  return [...table.values()];
}
function dataInputs(node, operator) {
  return operator.data === "all" ? node.inputs.map((_, index) => index) : operator.data;
}
function dataOutputs(node, operator) {
  const results = operator.results ?? [0];
  return results === "all" ? node.outputs.map((_, index) => index) : results;
}

// src/quantize/contract.ts
function nodeLabel(node) {
  return node.name || (node.outputs.find((value) => value)?.name ?? "");
}

// src/runtime/trace-nodes.ts
var numberedName = (index) => `qg-node-${index}.`;
var numbers2 = /qg-node-(\d+)\./g;
function numberNodes(model) {
  const nodes = [...model.graph.allNodes()];
  for (const [index, node] of nodes.entries()) {
    node.proto.name = numberedName(index);
    node.graph.touch();
  }
  return nodes;
}
function traceNodes(nodes, optimized) {
  const byNumber = /* @__PURE__ */ new Map();
  const byOutput = /* @__PURE__ */ new Map();
  const constants = /* @__PURE__ */ new Set();
  for (const graph of optimized.graph.allGraphs()) for (const { name } of graph.initializers) constants.add(name);
  for (const node of optimized.graph.allNodes()) {
    for (const match of node.name.matchAll(numbers2)) {
      const number3 = Number(match[1]);
      if (!byNumber.has(number3)) byNumber.set(number3, node);
    }
    for (const value of node.outputs) if (value) setOnce(byOutput, value.name, node);
  }
  for (const node of optimized.graph.allNodes()) {
    const blocked = /^(.*)_nchwc$/.exec(node.name);
    if (blocked) byOutput.set(blocked[1], node);
  }
  const numberOf2 = new Map(nodes.map((node, index) => [node, index]));
  const known = /* @__PURE__ */ new Map();
  const find = (node) => {
    if (known.has(node)) return known.get(node);
    known.set(node, void 0);
    const found2 = byNumber.get(numberOf2.get(node)) ?? written(node, byOutput) ?? reader(node);
    known.set(node, found2);
    return found2;
  };
  const reader = (node) => {
    for (const value of node.outputs) {
      if (!value || constants.has(value.name)) continue;
      for (const consumer of value.consumers) {
        const found2 = numberOf2.has(consumer) ? find(consumer) : void 0;
        if (found2) return found2;
      }
    }
    return void 0;
  };
  for (const node of [...nodes].reverse()) find(node);
  return nodes.map((node, index) => ({ node, ran: known.get(node), named: byNumber.has(index) }));
}
function written(node, byOutput) {
  for (const value of node.outputs) {
    let found2 = value && byOutput.get(value.name);
    while (found2 && found2.op !== node.op && movesOnly(found2)) found2 = found2.input(0)?.producer;
    if (found2) return found2;
  }
  return void 0;
}
function movesOnly(node) {
  return node.op === "ReorderOutput" || node.op === "Reshape" && !node.name.includes("qg-node-");
}
function setOnce(map2, key2, value) {
  if (!map2.has(key2)) map2.set(key2, value);
}

// src/measure/placement.ts
async function provePlacement(request) {
  await mkdir2(request.workDir, { recursive: true });
  const copy = request.variant.clone();
  const labels = [...copy.graph.allNodes()].map(nodeLabel);
  const nodes = numberNodes(copy);
  const path = join12(request.workDir, "placement.onnx");
  const optimizedPath = join12(request.workDir, "placement-optimized.onnx");
  await saveScratch(copy, path);
  const spec = { ...request.session, model: path, optimizedModelPath: optimizedPath };
  let profile;
  let notRun;
  try {
    if (request.feeds) profile = await profileNodes(request.worker, spec, request.feeds, request.runs ?? 5);
  } catch (error) {
    if (!isJobError(error)) throw error;
    notRun = error.message.split("\n", 1)[0];
  }
  if (!profile) await request.worker.call(loadJob, { session: spec });
  const optimized = await loadModel(optimizedPath);
  const traced = traceNodes(nodes, optimized);
  await Promise.all([path, optimizedPath].map(removeModel));
  return account(request, { labels, traced, optimized, profile, notRun });
}
function account(request, evidence) {
  const { optimized, profile, notRun } = evidence;
  const ranAs = new Map(profile?.map((node) => [node.name, node]));
  const carriers = carriersOf(evidence);
  const decisions2 = new Map(request.decisions.map((decision) => [decision.node, decision]));
  const owners = /* @__PURE__ */ new Map();
  const sources2 = [...request.source.graph.allNodes()].filter((node) => !node.is("Constant"));
  const found2 = sources2.map((node) => ({ node, carrier: carriers(node) }));
  for (const named3 of [true, false]) {
    for (const { node, carrier } of found2) {
      if (carrier?.ran && (carrier.named || !named3) && !owners.has(carrier.ran)) owners.set(carrier.ran, node);
    }
  }
  const nodes = found2.map(({ node, carrier }) => {
    const label = nodeLabel(node);
    const ran = carrier?.ran;
    const measured2 = ran && ranAs.get(ran.name);
    const status = statusOf(ran, measured2);
    const fused2 = ran !== void 0 && owners.get(ran) !== node;
    return {
      node: label,
      op: node.op,
      status,
      ...ran && { kernel: ran.op },
      ...measured2 && { provider: shortProvider(measured2.provider) },
      fused: fused2,
      ...measured2 && !fused2 && { microseconds: measured2.microseconds },
      why: reason(node, status, ran, decisions2.get(label))
    };
  });
  const kernels2 = {};
  for (const node of optimized.graph.allNodes()) kernels2[node.op] = (kernels2[node.op] ?? 0) + 1;
  const providers = {};
  for (const { provider } of profile ?? []) {
    const name = shortProvider(provider);
    providers[name] = (providers[name] ?? 0) + 1;
  }
  const own = new Set([...owners.keys()].map((node) => node.name));
  const overheadMicroseconds = (profile ?? []).filter(({ name }) => !own.has(name)).reduce((sum2, { microseconds }) => sum2 + microseconds, 0);
  return {
    placement: { providers, ...totals(nodes, request) },
    nodes,
    kernels: kernels2,
    overheadMicroseconds,
    ...notRun !== void 0 && { notRun }
  };
}
function carriersOf({ labels, traced }) {
  const byLabel = /* @__PURE__ */ new Map();
  const byOutput = /* @__PURE__ */ new Map();
  for (const [index, entry] of traced.entries()) {
    if (!byLabel.has(labels[index])) byLabel.set(labels[index], entry);
    for (const value of entry.node.outputs) if (value && !byOutput.has(value.name)) byOutput.set(value.name, entry);
  }
  const carrier = (node) => {
    const candidates = [
      byLabel.get(nodeLabel(node)),
      ...node.outputs.map((value) => value && byOutput.get(value.name))
    ];
    for (const found2 of candidates) {
      if (found2 && !(computes(node.op) && operatorOf(found2.node)?.kind === "pass-through")) return found2;
    }
    const before = computes(node.op) ? node.inputs.find((value) => value?.producer)?.producer : void 0;
    const absorbing = before && carrier(before);
    return absorbing && { ...absorbing, named: false };
  };
  return carrier;
}
var eightBits = /* @__PURE__ */ new Set(["int8", "uint8"]);
function statusOf(ran, measured2) {
  if (!ran) return "gone";
  if (isIntegerKernel(ran.op)) return "integer";
  if (isConversion(ran.op)) return "gone";
  const first = measured2?.inputs[0]?.type ?? elementTypeName(ran);
  if (first !== void 0 && eightBits.has(first)) return "integer";
  const fed = ran.inputs.some((value) => {
    const producer = value?.producer;
    return producer?.op === "DequantizeLinear" && producer.input(0)?.initializer === void 0;
  });
  const read2 = ran.outputs.some((value) => value?.consumers.some((node) => node.op === "QuantizeLinear"));
  return fed && read2 ? "between" : "float";
}
function elementTypeName(ran) {
  const value = ran.input(0);
  const producer = value?.producer;
  if (producer?.op === "QuantizeLinear") return "uint8";
  return value?.staticInfo.type;
}
function reason(node, status, ran, decision) {
  if (status === "integer") return ran?.op === node.op ? `${node.op} of 8-bit data` : ran?.op ?? "";
  if (status === "gone") return "computed when the model is loaded, or without a kernel of its own";
  if (status === "between" && decision?.quantized !== false) {
    return `the runtime did not fuse it: ${ran?.op} runs in float between DequantizeLinear and QuantizeLinear`;
  }
  if (decision) return decision.why;
  return operatorOf(node)?.why ?? `${ran?.op} ran in float`;
}
function totals(nodes, { decisions: decisions2 }) {
  const known = new Set(nodes.map(({ node }) => node));
  const integer = new Set(nodes.flatMap(({ node, status }) => status === "integer" ? [node] : []));
  const quantized2 = decisions2.filter(({ node, quantized: quantized3 }) => quantized3 && known.has(node));
  const integerKernels = quantized2.filter(({ node }) => integer.has(node)).length;
  const decided = new Set(decisions2.map(({ node }) => node));
  const floatNodes = nodes.filter(({ status }) => status === "float" || status === "between").filter(({ node, op, fused: fused2 }) => decided.has(node) || computes(op) && !fused2).map(({ node, op, why }) => ({ node, op, why }));
  return { quantizedNodes: quantized2.length, integerKernels, floatNodes };
}
function computes(op) {
  const kind = (operatorOf({ op, domain: "" }) ?? operatorOf({ op, domain: "com.microsoft" }))?.kind;
  return kind !== void 0 && kind !== "pass-through" && kind !== "concat" && kind !== "select";
}
function shortProvider(provider) {
  return provider.replace(/ExecutionProvider$/, "").toLowerCase();
}

// src/measure/size.ts
async function measureSize(fp32, variant) {
  const bytes2 = await modelBytes(variant);
  return { bytes: bytes2, ratio: bytes2 / await modelBytes(fp32) };
}

// src/engine/base.ts
import { mkdir as mkdir8 } from "node:fs/promises";
import { dirname as dirname6, join as join25, relative as relative3, resolve as resolve7, sep as sep2 } from "node:path";

// src/gate/regression.ts
function compareWithBase(base, head, options) {
  const { limits: limits2, confidence, id, interleaved: interleaved2 } = options;
  if (!base && !interleaved2) {
    return { checks: [], notes: [`${id}: there is no baseline of it, so it was not compared with the base branch.`] };
  }
  const notes = [];
  const checks2 = [];
  const add2 = (limit, what, find) => {
    if (limit === void 0) return;
    const found2 = find(limit);
    if (typeof found2 === "string") notes.push(`${id}: ${what} was not compared with the base branch: ${found2}.`);
    else checks2.push(judge(found2, confidence));
  };
  add2(limits2.accuracy, "accuracy", (limit) => accuracyChange(base, head, limit, interleaved2?.accuracy));
  add2(limits2.size, "size", (limit) => sizeGrowth(base, head, limit));
  add2(limits2.speedup, "the speed-up", (limit) => speedupLoss(base, head, limit, options));
  return { checks: checks2, notes };
}
var accuracyRow = (metric) => ({
  name: "regression.accuracy",
  operator: "<=",
  subject: `the drop of ${metric} from the base branch`,
  show: (value) => metricDifference(metric, value)
});
var sizeRow = {
  name: "regression.size",
  operator: "<=",
  subject: "the growth of the file since the base branch",
  show: percent
};
var speedupRow = {
  name: "regression.speedup",
  operator: ">=",
  subject: "the speed-up over that of the base branch",
  show: factor
};
function accuracyChange(base, head, limit, paired) {
  const after = head.measurements.accuracy;
  const finding = (metric, measured2) => ({
    ...accuracyRow(metric),
    limit,
    measured: measured2
  });
  const failure = failureOf(after);
  if (failure) return finding("accuracy", failure);
  if (paired) return finding(paired.metric, paired.drop);
  const before = base?.measurements.accuracy;
  if (!before) return "the base has no measurement of it";
  if ("notMeasured" in before) return `of the base it was not measured: ${before.notMeasured}`;
  if (!after || "notMeasured" in after) return finding(before.metric, after);
  if (before.metric !== after.metric) return `the base was measured by ${before.metric}, this by ${after.metric}`;
  if (before.samples !== after.samples) {
    return `the base was measured on ${before.samples} samples, this on ${after.samples}`;
  }
  return finding(after.metric, changeOf(before, after));
}
function changeOf(before, after) {
  const sign = after.direction === "higher" ? 1 : -1;
  const estimate = sign * (before.value - after.value);
  const low = Math.hypot(after.drop.estimate - after.drop.low, before.drop.high - before.drop.estimate);
  const high = Math.hypot(after.drop.high - after.drop.estimate, before.drop.estimate - before.drop.low);
  return { estimate, low: estimate - low, high: estimate + high };
}
function sizeGrowth(base, head, limit) {
  const before = base?.measurements.size?.bytes;
  const after = head.measurements.size?.bytes;
  if (!before) return "the base has no measurement of it";
  const growth2 = after === void 0 ? void 0 : after / before - 1;
  const measured2 = growth2 === void 0 ? void 0 : { estimate: growth2, low: growth2, high: growth2 };
  return { ...sizeRow, limit, measured: measured2 };
}
function speedupLoss(base, head, limit, { batch }) {
  const finding = (measured2) => ({
    ...speedupRow,
    limit: 1 - limit,
    measured: measured2,
    ...noiseAt(head.measurements, batch)
  });
  const after = speedupAt(head.measurements.latency, batch);
  const failure = failureOf(after);
  if (failure) return finding(failure);
  if (after && "notMeasured" in after) return after.notMeasured;
  const before = speedupAt(base?.measurements.latency, batch);
  if (!before || "notMeasured" in before) return "the base has no measurement of it";
  return finding(after && quotient(after, before));
}
function failureOf(measured2) {
  return measured2 && "failed" in measured2 && measured2.failed ? measured2 : void 0;
}
function speedupDecided(before, head, batch, limits2) {
  const after = speedupAt(head.latency, batch);
  if (!after || "notMeasured" in after || limits2.speedup === void 0) return true;
  return verdictOf(quotient(after, before), ">=", 1 - limits2.speedup) !== "inconclusive";
}
function uncompared(limits2, confidence, why) {
  const measured2 = { notMeasured: why };
  const rows3 = [
    { ...accuracyRow("accuracy"), limit: limits2.accuracy },
    { ...sizeRow, limit: limits2.size },
    { ...speedupRow, limit: limits2.speedup === void 0 ? void 0 : 1 - limits2.speedup }
  ];
  return rows3.flatMap(
    ({ limit, ...row2 }) => limit === void 0 ? [] : judge({ ...row2, limit, measured: measured2 }, confidence)
  );
}
function speedupAt(latency, batch) {
  if (!latency || "notMeasured" in latency) return latency;
  return latency.find((each) => each.batch === batch)?.speedup;
}
function quotient(after, before) {
  const log = (value) => Math.log(value);
  const estimate = after.estimate / before.estimate;
  const low = Math.hypot(log(after.estimate) - log(after.low), log(before.high) - log(before.estimate));
  const high = Math.hypot(log(after.high) - log(after.estimate), log(before.estimate) - log(before.low));
  return { estimate, low: estimate * Math.exp(-low), high: estimate * Math.exp(high) };
}

// src/onnx/passes/unshare.ts
function unshare({ node, index }) {
  const value = node.input(index);
  if (!value?.initializer) throw new Error(`input ${index} of node '${node.name}' is no initializer`);
  if (value.uses.length === 1 && !value.isGraphOutput) return value;
  const own = node.graph.addInitializer(value.name, copyTensor(value.initializer));
  node.setInput(index, own);
  return own;
}

// src/onnx/passes/unshare-integers.ts
function unshareIntegers(model) {
  let modified = false;
  const nodes = [...model.graph.allNodes()];
  const constant = (node) => node.is("DequantizeLinear", "Cast") && isInteger(node.is("Cast") ? node.input(0) : source(node.input(0)));
  for (const op of ["DequantizeLinear", "Cast"]) {
    for (const node of nodes) if (node.is(op) && constant(node)) modified = copyForReaders(node) || modified;
  }
  for (const node of [...model.graph.allNodes()]) {
    const dequantizes = node.is("DequantizeLinear") && source(node.input(0))?.initializer;
    for (const [index, value] of node.inputs.entries()) {
      if (!isInteger(value) || value.uses.length === 1) continue;
      if (!dequantizes && value.initializer.dims.length === 0) continue;
      unshare({ node, index });
      modified = true;
    }
  }
  return { model, modified };
}
function source(value) {
  return value?.producer?.is("Cast") ? value.producer.input(0) : value;
}
function isInteger(value) {
  const type2 = value?.initializer?.dataType;
  return type2 === TensorProto_DataType.INT8 || type2 === TensorProto_DataType.INT4;
}
function copyForReaders(node) {
  const [, ...further] = node.output().uses;
  for (const use of further) {
    const { op, domain, name, inputs } = node;
    const own = node.graph.addNode({ op, domain, name, inputs });
    own.proto.attribute = node.proto.attribute.map((attribute) => clone(AttributeProtoSchema, attribute));
    use.node.setInput(use.index, own.output());
  }
  return further.length > 0;
}

// src/runtime/exact-sums.ts
async function withExactSums(spec) {
  const exact3 = { ...spec, exactInt8: true };
  const model = await loadModel(spec.model);
  if (!unshareIntegers(model).modified) return exact3;
  const path = spec.model.replace(/(\.onnx)?$/, ".unshared.onnx");
  await saveScratch(model, path);
  return { ...exact3, model: path };
}

// src/engine/context.ts
function variantLabel({ planned }, { id }) {
  return `${planned.name} ${id}`;
}
async function variantSession(context, variant, path) {
  const session = { ...context.fp32, model: path };
  return needsExactSums(variant.executability) ? withExactSums(session) : session;
}

// src/engine/make.ts
import { join as join24 } from "node:path";

// src/quantize/dynamic.ts
import { mkdir as mkdir3 } from "node:fs/promises";

// src/onnx/opset/converters.ts
function stop(node, why) {
  throw new UserError(
    `node '${node.name}' (${node.op}) cannot be brought to a newer opset: ${why}; export the model again with opset 13 or higher`
  );
}
function attributeToInput(attribute, index) {
  return (node, { int64 }) => {
    const values = node.attrBigInts(attribute);
    node.setAttr(attribute, void 0);
    if (values && values.length > 0) {
      node.setInput(index, int64(node.graph, values, attribute));
    }
  };
}
var axesToInput = attributeToInput("axes", 1);
var REDUCTIONS = "L1 L2 LogSum LogSumExp Max Mean Min Prod SumSquare".split(" ").map((name) => `Reduce${name}`);
var CONVERTERS = {
  ...Object.fromEntries(REDUCTIONS.map((op) => [`${op}@18`, axesToInput])),
  "ReduceSum@13": axesToInput,
  "Squeeze@13": axesToInput,
  "Unsqueeze@13": axesToInput,
  "Split@13": attributeToInput("split", 1),
  "Split@18": (node) => {
    if (!node.input(1)) node.setAttr("num_outputs", node.outputs.length);
  },
  "BatchNormalization@9": (node) => {
    if (node.attrInt("spatial", 1) === 0) stop(node, "spatial=0 (statistics for each position) no longer exists");
    node.setAttr("spatial", void 0);
  },
  "BatchNormalization@14": (node) => {
    for (let index = node.outputs.length - 1; index > 0; index--) {
      if (node.outputs[index] && !node.outputs[index]?.isUnused) stop(node, "its training outputs are used");
      node.graph.removeNodeOutput(node, index);
    }
  },
  "Clip@11": (node, context) => {
    const bounds = ["min", "max"].map((name) => node.attrFloat(name));
    for (const name of ["min", "max"]) node.setAttr(name, void 0);
    bounds.forEach((bound, i) => {
      if (bound !== void 0) node.setInput(i + 1, scalarLike(node, bound, i === 0 ? "min" : "max", context));
    });
  },
  "Dropout@10": (node) => dropMask(node),
  "Dropout@12": (node) => {
    dropMask(node);
    node.setAttr("ratio", void 0);
  },
  "DFT@20": (node) => {
    const axis = BigInt(node.attrInt("axis", 1));
    node.setAttr("axis", void 0);
    node.setInput(2, node.graph.addInitializer("axis", { type: "int64", dims: [], data: BigInt64Array.of(axis) }));
  },
  "GridSample@20": (node) => {
    const names3 = { bilinear: "linear", bicubic: "cubic", nearest: "nearest" };
    const mode = node.attrString("mode", "bilinear");
    node.setAttr("mode", names3[mode] ?? stop(node, `mode '${mode}' is unknown`));
  },
  "GroupNormalization@21": (node) => stop(node, "its scale and bias changed from one a group to one a channel"),
  "Pad@11": (node, context) => {
    const pads = node.attrBigInts("pads") ?? stop(node, "it has no pads");
    const value = node.attrFloat("value", 0);
    for (const name of ["pads", "value"]) node.setAttr(name, void 0);
    node.setInput(1, context.int64(node.graph, pads, "pads"));
    if (value !== 0) node.setInput(2, scalarLike(node, value, "pad_value", context));
  },
  "Resize@11": convertResize,
  "Resize@13": (node) => {
    if (node.attrString("coordinate_transformation_mode") === "tf_half_pixel_for_nn") {
      stop(node, "coordinate_transformation_mode 'tf_half_pixel_for_nn' no longer exists");
    }
    for (const index of [1, 2]) {
      const constant = constantProto(node.input(index));
      if (constant && elementCount(constant) === 0) node.setInput(index, void 0);
    }
  },
  "RoiAlign@16": (node) => {
    if (!node.hasAttr("coordinate_transformation_mode")) {
      node.setAttr("coordinate_transformation_mode", "output_half_pixel");
    }
  },
  "Scan@9": (node) => stop(node, "its batch axis and sequence_lens were removed"),
  "Scatter@11": (node) => {
    node.op = "ScatterElements";
  },
  "Slice@10": (node, { int64 }) => {
    const starts = node.attrBigInts("starts") ?? stop(node, "it has no starts");
    const ends = node.attrBigInts("ends") ?? stop(node, "it has no ends");
    const axes = node.attrBigInts("axes");
    for (const name of ["starts", "ends", "axes"]) node.setAttr(name, void 0);
    node.setInput(1, int64(node.graph, starts, "starts"));
    node.setInput(2, int64(node.graph, ends, "ends"));
    if (axes && axes.length > 0) node.setInput(3, int64(node.graph, axes, "axes"));
  },
  "Softmax@13": convertSoftmax,
  "LogSoftmax@13": convertSoftmax,
  "Hardmax@13": convertSoftmax,
  "TopK@10": (node, { int64 }) => {
    const k = node.attrInt("k") ?? stop(node, "it has no k");
    node.setAttr("k", void 0);
    node.setInput(1, int64(node.graph, [BigInt(k)], "k"));
  },
  "Upsample@9": (node) => {
    const scales = node.attrFloats("scales") ?? stop(node, "it has no scales");
    node.setAttr("scales", void 0);
    const tensor = tensorProto({ type: "float32", dims: [scales.length], data: Float32Array.from(scales) });
    node.setInput(1, node.graph.addInitializer("scales", tensor));
  },
  "Upsample@10": (node, { upsamples }) => {
    node.op = "Resize";
    upsamples.add(node);
  }
};
function convertResize(node, { upsamples, target }) {
  const scales = node.input(1);
  if (!scales) stop(node, "it has no scales");
  node.setAttr("coordinate_transformation_mode", "asymmetric");
  if (node.attrString("mode", "nearest") === "nearest") {
    const numbers3 = constantValue(scales)?.data;
    if (upsamples.has(node) || numbers3?.every((scale) => scale >= 1)) node.setAttr("nearest_mode", "floor");
    else if (numbers3?.every((scale) => scale <= 1)) node.setAttr("nearest_mode", "ceil");
    else stop(node, "whether it enlarges or shrinks is not known from its scales");
  }
  node.setInput(2, scales);
  node.setInput(
    1,
    target < 13 ? node.graph.addInitializer("roi", rawTensorProto(TensorProto_DataType.FLOAT, [0], new Uint8Array())) : void 0
  );
}
function convertSoftmax(node, { facts }) {
  const input = node.input(0);
  const output = node.output();
  if (!input) stop(node, "it has no input");
  const axis = node.attrInt("axis", 1);
  const { rank: rank4, dims } = facts.of(input);
  const positive = axis < 0 && rank4 !== void 0 ? axis + rank4 : axis;
  if (axis === -1 || rank4 !== void 0 && positive === rank4 - 1) {
    node.setAttr("axis", -1);
    return;
  }
  if (positive >= 0 && dims?.slice(positive + 1).every((dim) => dim === 1)) {
    node.setAttr("axis", axis);
    return;
  }
  const { graph } = node;
  const flat = graph.addNode({ op: "Flatten", inputs: [input], attributes: { axis }, name: `${node.name}_flatten` }).output();
  const shape = graph.addNode({ op: "Shape", inputs: [input], name: `${node.name}_shape` }).output();
  node.setInput(0, flat);
  node.setAttr("axis", -1);
  const shaped = graph.addNode({
    op: "Reshape",
    inputs: [],
    name: `${node.name}_reshape`,
    outputs: [`${output.name}_shaped`]
  });
  graph.replaceAll(output, shaped.output());
  shaped.setInputs([output, shape]);
  output.info = void 0;
}
function dropMask(node) {
  const mask = node.outputs[1];
  if (mask && !mask.isUnused) stop(node, "the element type of its mask changed");
  if (node.outputs.length > 1) node.graph.removeNodeOutput(node, 1);
}
function scalarLike(node, value, wish2, { facts }) {
  const input = node.input(0);
  const elementType = input && facts.of(input).elementType;
  return node.graph.addInitializer(wish2, scalar(node, value, elementType));
}
function scalar(node, value, elementType) {
  switch (elementType) {
    case TensorProto_DataType.FLOAT:
      return tensorProto({ type: "float32", dims: [], data: Float32Array.of(value) });
    case TensorProto_DataType.DOUBLE:
      return tensorProto({ type: "float64", dims: [], data: Float64Array.of(value) });
    case TensorProto_DataType.FLOAT16:
      return tensorProto({ type: "float16", dims: [], data: Uint16Array.of(halfBits(value)) });
    case void 0:
      return stop(node, "the element type of its input is not known");
    default:
      return stop(node, `its input has elements of ${dataTypeName(elementType)}`);
  }
}
function halfBits(value) {
  const sign = value < 0 || Object.is(value, -0) ? 32768 : 0;
  const size = Math.min(Math.abs(value), 65504);
  if (size < 2 ** -14) return sign | Math.round(size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  return sign | (exponent + 14 << 10) + Math.round(size * 2 ** (10 - exponent));
}

// src/onnx/opset/versions.ts
var HIGHEST_OPSET = 25;
var VERSIONS = {
  Abs: [1, 6, 13],
  Acos: [7, 22],
  Acosh: [9, 22],
  Add: [1, 6, 7, 13, 14],
  AffineGrid: [20],
  And: [1, 7],
  ArgMax: [1, 11, 12, 13],
  ArgMin: [1, 11, 12, 13],
  Asin: [7, 22],
  Asinh: [9, 22],
  Atan: [7, 22],
  Atanh: [9, 22],
  Attention: [23, 24, 25],
  AveragePool: [1, 7, 10, 11, 19, 22],
  BatchNormalization: [1, 6, 7, 9, 14, 15],
  Bernoulli: [15, 22],
  BitShift: [11],
  BitwiseAnd: [18],
  BitwiseNot: [18],
  BitwiseOr: [18],
  BitwiseXor: [18],
  BlackmanWindow: [17],
  Cast: [1, 6, 9, 13, 19, 21, 23, 24, 25],
  CastLike: [15, 19, 21, 23, 24, 25],
  Ceil: [1, 6, 13],
  Celu: [12],
  CenterCropPad: [18],
  Clip: [1, 6, 11, 12, 13],
  Col2Im: [18],
  Compress: [9, 11],
  Concat: [1, 4, 11, 13],
  ConcatFromSequence: [11],
  Constant: [1, 9, 11, 12, 13, 19, 21, 23, 24, 25],
  ConstantOfShape: [9, 20, 21, 23, 24, 25],
  Conv: [1, 11, 22],
  ConvInteger: [10],
  ConvTranspose: [1, 11, 22],
  Cos: [7, 22],
  Cosh: [9, 22],
  CumSum: [11, 14],
  DFT: [17, 20],
  DeformConv: [19, 22],
  DepthToSpace: [1, 11, 13],
  DequantizeLinear: [10, 13, 19, 21, 23, 24, 25],
  Det: [11, 22],
  Div: [1, 6, 7, 13, 14],
  Dropout: [1, 6, 7, 10, 12, 13, 22],
  DynamicQuantizeLinear: [11],
  Einsum: [12],
  Elu: [1, 6, 22],
  Equal: [1, 7, 11, 13, 19],
  Erf: [9, 13],
  Exp: [1, 6, 13],
  Expand: [8, 13],
  EyeLike: [9, 22],
  Flatten: [1, 9, 11, 13, 21, 23, 24, 25],
  Floor: [1, 6, 13],
  GRU: [1, 3, 7, 14, 22],
  Gather: [1, 11, 13],
  GatherElements: [11, 13],
  GatherND: [11, 12, 13],
  Gelu: [20],
  Gemm: [1, 6, 7, 9, 11, 13],
  GlobalAveragePool: [1, 22],
  GlobalLpPool: [1, 2, 22],
  GlobalMaxPool: [1, 22],
  Greater: [1, 7, 9, 13],
  GreaterOrEqual: [12, 16],
  GridSample: [16, 20, 22],
  GroupNormalization: [18, 21],
  HammingWindow: [17],
  HannWindow: [17],
  HardSigmoid: [1, 6, 22],
  HardSwish: [14, 22],
  Hardmax: [1, 11, 13],
  Identity: [1, 13, 14, 16, 19, 21, 23, 24, 25],
  If: [1, 11, 13, 16, 19, 21, 23, 24, 25],
  ImageDecoder: [20],
  InstanceNormalization: [1, 6, 22],
  IsInf: [10, 20],
  IsNaN: [9, 13, 20],
  LRN: [1, 13],
  LSTM: [1, 7, 14, 22],
  LayerNormalization: [17],
  LeakyRelu: [1, 6, 16],
  Less: [1, 7, 9, 13],
  LessOrEqual: [12, 16],
  Log: [1, 6, 13],
  LogSoftmax: [1, 11, 13],
  Loop: [1, 11, 13, 16, 19, 21, 23, 24, 25],
  LpNormalization: [1, 22],
  LpPool: [1, 2, 11, 18, 22],
  MatMul: [1, 9, 13],
  MatMulInteger: [10],
  Max: [1, 6, 8, 12, 13],
  MaxPool: [1, 8, 10, 11, 12, 22],
  MaxRoiPool: [1, 22],
  MaxUnpool: [9, 11, 22],
  Mean: [1, 6, 8, 13],
  MeanVarianceNormalization: [9, 13],
  MelWeightMatrix: [17],
  Min: [1, 6, 8, 12, 13],
  Mish: [18, 22],
  Mod: [10, 13],
  Mul: [1, 6, 7, 13, 14],
  Multinomial: [7, 22],
  Neg: [1, 6, 13],
  NegativeLogLikelihoodLoss: [12, 13, 22],
  NonMaxSuppression: [10, 11],
  NonZero: [9, 13],
  Not: [1],
  OneHot: [9, 11],
  Optional: [15],
  OptionalGetElement: [15, 18],
  OptionalHasElement: [15, 18],
  Or: [1, 7],
  PRelu: [1, 6, 7, 9, 16],
  Pad: [1, 2, 11, 13, 18, 19, 21, 23, 24, 25],
  Pow: [1, 7, 12, 13, 15],
  QLinearConv: [10],
  QLinearMatMul: [10, 21],
  QuantizeLinear: [10, 13, 19, 21, 23, 24, 25],
  RMSNormalization: [23],
  RNN: [1, 7, 14, 22],
  RandomNormal: [1, 22],
  RandomNormalLike: [1, 22],
  RandomUniform: [1, 22],
  RandomUniformLike: [1, 22],
  Range: [11],
  Reciprocal: [1, 6, 13],
  ReduceL1: [1, 11, 13, 18],
  ReduceL2: [1, 11, 13, 18],
  ReduceLogSum: [1, 11, 13, 18],
  ReduceLogSumExp: [1, 11, 13, 18],
  ReduceMax: [1, 11, 12, 13, 18, 20],
  ReduceMean: [1, 11, 13, 18],
  ReduceMin: [1, 11, 12, 13, 18, 20],
  ReduceProd: [1, 11, 13, 18],
  ReduceSum: [1, 11, 13],
  ReduceSumSquare: [1, 11, 13, 18],
  RegexFullMatch: [20],
  Relu: [1, 6, 13, 14],
  Reshape: [1, 5, 13, 14, 19, 21, 23, 24, 25],
  Resize: [10, 11, 13, 18, 19],
  ReverseSequence: [10],
  RoiAlign: [10, 16, 22],
  RotaryEmbedding: [23],
  Round: [11, 22],
  STFT: [17],
  Scan: [8, 9, 11, 16, 19, 21, 23, 24, 25],
  Scatter: [9, 11],
  ScatterElements: [11, 13, 16, 18],
  ScatterND: [11, 13, 16, 18],
  Selu: [1, 6, 22],
  SequenceAt: [11],
  SequenceConstruct: [11],
  SequenceEmpty: [11],
  SequenceErase: [11],
  SequenceInsert: [11],
  SequenceLength: [11],
  SequenceMap: [17],
  Shape: [1, 13, 15, 19, 21, 23, 24, 25],
  Shrink: [9],
  Sigmoid: [1, 6, 13],
  Sign: [9, 13],
  Sin: [7, 22],
  Sinh: [9, 22],
  Size: [1, 13, 19, 21, 23, 24, 25],
  Slice: [1, 10, 11, 13],
  Softmax: [1, 11, 13],
  SoftmaxCrossEntropyLoss: [12, 13],
  Softplus: [1, 22],
  Softsign: [1, 22],
  SpaceToDepth: [1, 13],
  Split: [1, 2, 11, 13, 18],
  SplitToSequence: [11, 24],
  Sqrt: [1, 6, 13],
  Squeeze: [1, 11, 13, 21, 23, 24, 25],
  StringConcat: [20],
  StringNormalizer: [10],
  StringSplit: [20],
  Sub: [1, 6, 7, 13, 14],
  Sum: [1, 6, 8, 13],
  Swish: [24],
  Tan: [7, 22],
  Tanh: [1, 6, 13],
  TensorScatter: [24],
  TfIdfVectorizer: [9],
  ThresholdedRelu: [10, 22],
  Tile: [1, 6, 13],
  TopK: [1, 10, 11, 24],
  Transpose: [1, 13, 21, 23, 24, 25],
  Trilu: [14],
  Unique: [11],
  Unsqueeze: [1, 11, 13, 21, 23, 24, 25],
  Upsample: [1, 7, 9, 10],
  Where: [9, 16],
  Xor: [1, 7]
};

// src/onnx/passes/constants-to-initializers.ts
function constantsToInitializers(model) {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const input of graph.declaredInputs.slice()) {
      if (!input.initializer && !input.sparseInitializer) continue;
      graph.removeInput(input);
      modified = true;
    }
    for (const node of graph.nodes) {
      if (!node.is("Constant")) continue;
      const tensor = constantOfNode(node);
      const output = node.outputs[0];
      if (tensor === void 0 || output === void 0) continue;
      graph.makeInitializer(output, copyTensor(tensor));
      modified = true;
    }
  }
  if (modified && model.irVersion < 4) model.irVersion = 4;
  return { model, modified };
}

// src/onnx/passes/upgrade-opset.ts
var LOWEST_OPSET = 7;
function upgradeOpset(model, target, { shapes } = {}) {
  const from = model.opset();
  if (from >= target) return { model, modified: false };
  if (from < LOWEST_OPSET) {
    throw new UserError(
      `the model has opset ${from}; opset ${LOWEST_OPSET} is the oldest that can be converted: export it again`
    );
  }
  if (target > HIGHEST_OPSET) throw new Error(`opset ${target} is not known, only up to ${HIGHEST_OPSET}`);
  constantsToInitializers(model);
  const context = {
    facts: new FactFinder(model.graph, shapes),
    target,
    upsamples: /* @__PURE__ */ new Set(),
    int64: int64Cache()
  };
  for (const node of [...model.graph.allNodes()]) {
    if (node.domain !== "") continue;
    for (let at2 = from; ; ) {
      const version2 = nextVersion(node.op, at2);
      if (version2 === void 0 || version2 > target) break;
      CONVERTERS[`${node.op}@${version2}`]?.(node, context);
      at2 = version2;
    }
  }
  for (const body of model.functions) {
    const imported = body.opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx");
    if (!imported || Number(imported.version) >= target) continue;
    checkFunction(body.node, body.name, Number(imported.version), target);
    imported.version = BigInt(target);
  }
  model.setOpset("", target);
  model.irVersion = Math.max(model.irVersion, irVersionOf(target));
  return { model, modified: true };
}
function nextVersion(op, at2) {
  const versions = VERSIONS[op];
  if (versions === void 0) {
    throw new UserError(
      `the model uses operator '${op}', which ONNX does not have: it cannot be brought to a newer opset`
    );
  }
  return versions.find((version2) => version2 > at2);
}
function checkFunction(nodes, name, from, target) {
  for (const node of nodes) {
    if (node.domain !== "" && node.domain !== "ai.onnx") continue;
    for (let at2 = nextVersion(node.opType, from); at2 !== void 0 && at2 <= target; at2 = nextVersion(node.opType, at2)) {
      if (CONVERTERS[`${node.opType}@${at2}`]) {
        throw new UserError(
          `function '${name}' uses ${node.opType}, which changed in opset ${at2}: export the model with opset ${target}, or without functions`
        );
      }
    }
    for (const { g, graphs } of node.attribute) {
      for (const graph of g ? [g, ...graphs] : graphs) checkFunction(graph.node, name, from, target);
    }
  }
}
function int64Cache() {
  const made2 = /* @__PURE__ */ new Map();
  return (graph, values, wish2) => {
    const ofGraph = made2.get(graph) ?? /* @__PURE__ */ new Map();
    made2.set(graph, ofGraph);
    const key2 = `${wish2} ${values.join()}`;
    let value = ofGraph.get(key2);
    if (value === void 0) {
      value = graph.addInitializer(wish2, {
        type: "int64",
        dims: [values.length],
        data: BigInt64Array.from(values)
      });
      ofGraph.set(key2, value);
    }
    return value;
  };
}

// src/onnx/passes/lift-loop-invariants.ts
var fewest = 6e4;
function liftLoopInvariants(model, least2 = fewest) {
  let modified = false;
  for (const node of [...model.graph.allNodes()]) {
    if (!node.is("Loop", "Scan")) continue;
    const body = node.subgraph("body");
    if (!body) continue;
    const { inputs, outputs, count: count2 } = carried(node);
    for (let at2 = count2 - 1; at2 >= 0; at2--) {
      const initial = node.input(inputs + at2)?.initializer;
      if (!initial || elementCount(initial) < least2) continue;
      const lifted = lift(node, body, { input: inputs + at2, output: outputs + at2, result: at2 });
      modified = lifted || modified;
    }
  }
  return { model, modified };
}
function carried(node) {
  if (node.is("Loop")) return { inputs: 2, outputs: 1, count: node.inputs.length - 2 };
  return { inputs: 0, outputs: 0, count: node.inputs.length - node.attrInt("num_scan_inputs", 0) };
}
function lift(node, body, at2) {
  const outside = node.input(at2.input);
  const inside = body.declaredInputs[at2.input];
  const returned = body.outputs[at2.output];
  if (!outside || !inside || !returned || through(returned) !== inside) return false;
  if (returned.outputCount !== 1 || returned !== inside && inside.isGraphOutput) return false;
  const hidden = [...body.allGraphs()].some(
    ({ values }) => values.some((value) => value !== inside && value.name === outside.name)
  );
  if (hidden) return false;
  body.removeOutput(returned);
  body.replaceUses(inside, outside);
  body.removeInput(inside);
  node.setInputs(node.inputs.toSpliced(at2.input, 1));
  const result = node.outputs[at2.result];
  if (result) node.graph.replaceAll(result, outside);
  node.graph.spliceNodeOutput(node, at2.result);
  return true;
}
function through(value) {
  const node = value.producer;
  return node?.is("Identity") ? through(node.input(0)) : value;
}

// src/onnx/passes/lower-einsum.ts
function lowerEinsum(model) {
  let modified = false;
  const nodes = [...model.graph.allNodes()].filter((node) => node.is("Einsum") && node.inputs.length === 2);
  if (nodes.length === 0) return { model, modified };
  const facts = new FactFinder(model.graph);
  for (const node of nodes) {
    const product2 = productOf(node, facts);
    if (!product2) continue;
    const { graph, name } = node;
    const matMul2 = writeProduct(node, product2);
    graph.removeNode(node);
    matMul2.proto.name = name;
    graph.touch();
    modified = true;
  }
  return { model, modified };
}
function productOf(node, facts) {
  const values = node.inputs;
  const ranks = values.map((value) => facts.of(value).rank);
  const terms = einsumTerms(node.attrString("equation", ""), ranks);
  if (!terms || [...terms.inputs, terms.output].some((term) => new Set(term).size !== term.length)) return void 0;
  const second = weightInput(terms, values);
  const [x, w] = [values[1 - second], values[second]];
  const [ofX, ofW] = [terms.inputs[1 - second], terms.inputs[second]];
  const { output } = terms;
  const only = (term, wanted) => [...term].filter(wanted).join("");
  const inner = only(ofX, (each) => ofW.includes(each) && !output.includes(each));
  const batch = only(output, (each) => ofX.includes(each) && ofW.includes(each));
  const rows3 = only(output, (each) => ofX.includes(each) && !ofW.includes(each));
  const columns = only(output, (each) => ofW.includes(each) && !ofX.includes(each));
  const placed = rows3.length + inner.length + batch.length === ofX.length;
  if (!placed || columns.length + inner.length + batch.length !== ofW.length) return void 0;
  if (inner === "" || rows3 === "") return void 0;
  const sizes = /* @__PURE__ */ new Map();
  for (const [axis, size] of (w.staticInfo.dims ?? []).entries()) {
    const other = x.staticInfo.dims?.[ofX.indexOf(ofW[axis])];
    if (typeof size === "number" && typeof other === "number" && size !== other) return void 0;
    if (typeof size === "number") sizes.set(ofW[axis], size);
  }
  const merged = [inner, columns].filter((each) => each.length !== 1).join("");
  if (columns === "" && !sizes.has(inner) || [...merged].some((each) => !sizes.has(each))) return void 0;
  const leading = rows3.slice(0, -1);
  return { x, w, terms: { x: ofX, w: ofW, output }, rows: leading, batch, row: rows3.at(-1), inner, columns, sizes };
}
function weightInput({ inputs, output }, values) {
  if (values[1].initializer) return 1;
  if (values[0].initializer) return 0;
  const last = output.at(-1) ?? "";
  return inputs[0].includes(last) && !inputs[1].includes(last) ? 0 : 1;
}
function writeProduct(node, { x, w, terms, rows: rows3, batch, row: row2, inner, columns, sizes }) {
  const { graph, name } = node;
  const transposed3 = (value, from, to) => {
    if (from === to) return value;
    const perm = { ints: [...to].map((letter) => from.indexOf(letter)) };
    return graph.addNode({ op: "Transpose", name: `${name}_transpose`, inputs: [value], attributes: { perm } }).output();
  };
  const reshaped = (value, kept2, dims) => {
    const data = BigInt64Array.from([...Array(kept2).fill(0), ...dims], BigInt);
    const shape = graph.addInitializer(`${name}_shape`, { type: "int64", dims: [data.length], data });
    return graph.addNode({ op: "Reshape", name: `${name}_reshape`, inputs: [value, shape] }).output();
  };
  const sizesOf = (letters) => [...letters].map((letter) => sizes.get(letter));
  const total = (letters) => sizesOf(letters).reduce((product2, size) => product2 * size, 1);
  const left = `${rows3}${batch}${row2}`;
  let factor2 = transposed3(x, terms.x, `${left}${inner}`);
  if (inner.length > 1) factor2 = reshaped(factor2, left.length, [-1]);
  let weight = transposed3(w, terms.w, `${batch}${inner}${columns}`);
  if (inner.length > 1 || columns.length !== 1) weight = reshaped(weight, batch.length, [total(inner), total(columns)]);
  const matMul2 = graph.addNode({ op: "MatMul", name, inputs: [factor2, weight] });
  let result = matMul2.output();
  if (columns.length !== 1) result = reshaped(result, left.length, sizesOf(columns));
  graph.replaceAll(node.output(), transposed3(result, `${left}${columns}`, terms.output));
  return matMul2;
}

// src/onnx/passes/pass.ts
function runPasses(model, passes2) {
  let modified = false;
  for (const pass2 of passes2) modified = pass2(model).modified || modified;
  return { model, modified };
}

// src/onnx/passes/remove-dead-code.ts
function removeDeadCode(model) {
  let modified = false;
  for (const graph of [...model.graph.allGraphs()].reverse()) {
    for (const node of [...graph.nodes].reverse()) {
      if (node.outputs.some((value) => value && !value.isUnused)) continue;
      graph.removeNode(node);
      modified = true;
    }
    for (const value of graph.values) {
      if (!value.isUnused || !(value.initializer || value.sparseInitializer)) continue;
      if (graph.owner && value.isGraphInput) continue;
      graph.removeInitializer(value);
      modified = true;
    }
  }
  return { model, modified };
}

// src/onnx/passes/remove-traces.ts
var traces = /* @__PURE__ */ new Set(["pkg.torch.onnx.stack_trace", "pkg.torch.onnx.fx_node"]);
function removeTraces(model) {
  let modified = false;
  for (const node of model.graph.allNodes()) {
    if (!removeFrom(node.proto)) continue;
    node.graph.touch();
    modified = true;
  }
  for (const { node } of model.functions) for (const each of node) modified = removeFrom(each) || modified;
  return { model, modified };
}
function removeFrom(node) {
  const kept2 = node.metadataProps.filter(({ key: key2 }) => !traces.has(key2));
  if (kept2.length === node.metadataProps.length) return false;
  node.metadataProps = kept2;
  return true;
}

// src/onnx/passes/split-fused.ts
var leastOpset = 11;
function splitFused(model) {
  let modified = false;
  const nodes = [...model.graph.allNodes()].filter(({ domain, op }) => domain === "com.microsoft" && op in splits);
  if (nodes.length === 0 || model.opset() < leastOpset) return { model, modified };
  const facts = new FactFinder(model.graph);
  for (const node of nodes) {
    const split2 = splits[node.op](node, facts);
    if (!split2) continue;
    const { graph, name } = node;
    graph.replaceAll(node.output(), split2.result);
    graph.removeNode(node);
    split2.head.proto.name = name;
    graph.touch();
    modified = true;
  }
  return { model, modified };
}
var splits = {
  FusedConv(node) {
    const activation = activationOf(node, node.attrFloats("activation_params", []));
    if (!activation) return void 0;
    const [x, w, bias, sum2] = node.inputs;
    const head = addWith(node, "Conv", [x, w, bias], ["activation", "activation_params"]);
    const total = sum2 ? add(node, "Add", [head.output(), sum2]) : head.output();
    return { head, result: activation(total) };
  },
  FusedGemm(node) {
    const activation = activationOf(node, [node.attrFloat("activation_alpha", 0.01)]);
    if (!activation) return void 0;
    const own = ["activation", "activation_alpha", "activation_beta", "activation_gamma"];
    const head = addWith(node, "Gemm", node.inputs, own);
    return { head, result: activation(head.output()) };
  },
  FusedMatMul(node, facts) {
    if (node.attrInt("transBatchA", 0) || node.attrInt("transBatchB", 0)) return void 0;
    const factors = ["transA", "transB"].map((side, at2) => {
      const value = node.input(at2);
      return node.attrInt(side, 0) ? lastAxesSwapped(node, value, facts.of(value).rank) : value;
    });
    if (factors.includes(void 0)) return void 0;
    const head = node.graph.addNode({ op: "MatMul", name: node.name, inputs: factors });
    const alpha = node.attrFloat("alpha", 1);
    if (alpha === 1) return { head, result: head.output() };
    return { head, result: add(node, "Mul", [head.output(), scalar2(node, alpha)]) };
  }
};
function addWith(node, op, inputs, own) {
  const given = inputs.slice(0, inputs.findLastIndex((value) => value !== void 0) + 1);
  const made2 = node.graph.addNode({ op, name: node.name, inputs: given });
  made2.proto.attribute = node.proto.attribute.filter(({ name }) => !own.includes(name));
  return made2;
}
function lastAxesSwapped(node, value, rank4) {
  if (rank4 === void 0 || rank4 < 2) return void 0;
  const perm = [...Array(rank4 - 2).keys(), rank4 - 1, rank4 - 2];
  return add(node, "Transpose", [value], { perm: { ints: perm } });
}
function activationOf(node, numbers3) {
  const op = node.attrString("activation", "");
  const [first = 0, second = 0] = numbers3;
  switch (op) {
    case "":
      return (x) => x;
    case "Relu":
    case "Sigmoid":
    case "Tanh":
      return (x) => add(node, op, [x]);
    case "LeakyRelu":
      return (x) => add(node, op, [x], { alpha: { float: first } });
    case "HardSigmoid":
      return (x) => add(node, op, [x], { alpha: { float: first }, beta: { float: second } });
    case "Clip":
      return (x) => add(node, op, [x, scalar2(node, first), scalar2(node, second)]);
    default:
      return void 0;
  }
}
function add({ graph, name }, op, inputs, attributes) {
  return graph.addNode({ op, name: `${name}_${op.toLowerCase()}`, inputs, ...attributes && { attributes } }).output();
}
function scalar2({ graph, name }, value) {
  return graph.addInitializer(`${name}_number`, { type: "float32", dims: [], data: Float32Array.of(value) });
}

// src/quantize/fold-constants.ts
import { join as join13 } from "node:path";
var kept = [
  "Bernoulli",
  "DequantizeLinear",
  "Dropout",
  "DynamicQuantizeLinear",
  "Multinomial",
  "QuantizeLinear",
  "RandomNormalLike",
  "RandomUniformLike"
];
var most2 = 64e6;
var slack = 64;
async function foldConstants(model, worker, workDir) {
  const { graph } = model;
  const nodes = constantNodes(graph);
  const wanted = [...nodes].flatMap(
    ({ outputs }) => outputs.filter((value) => value && isWanted(value, nodes))
  );
  const groups2 = groupsOf(wanted);
  const all = new Set(groups2.flatMap(({ sources: sources2 }) => [...sources2]));
  if (wanted.length === 0 || totalOf(all) > most2) return;
  const values = await compute(model, wanted, worker, join13(workDir, "constants.onnx"));
  for (const { results, sources: sources2 } of groups2) {
    const isFreed = (source2) => !source2.isGraphOutput && source2.consumers.every((reader) => nodes.has(reader));
    const freed = totalOf([...sources2].filter(isFreed));
    const made2 = results.reduce((sum2, { name }) => sum2 + values[name].data.length, 0);
    if (made2 > freed + slack) continue;
    for (const value of results) graph.replaceUses(value, graph.addInitializer(value.name, values[value.name]));
  }
  removeDeadCode(model);
}
function constantNodes(graph) {
  const found2 = /* @__PURE__ */ new Set();
  const isConstant2 = ({ initializer, producer }) => initializer !== void 0 || found2.has(producer);
  for (const node of graph.nodes) {
    if (node.subgraphs.length > 0 || kept.includes(node.op) || /Sequence|Optional/.test(node.op)) continue;
    const inputs = node.inputs.filter((value) => value !== void 0);
    if (inputs.length > 0 && inputs.every(isConstant2)) found2.add(node);
  }
  return found2;
}
function isWanted(value, constant) {
  return !value.isGraphOutput && value.consumers.some((reader) => !constant.has(reader));
}
async function compute(model, wanted, worker, path) {
  const part = model.clone();
  const { graph } = part;
  for (const value of graph.outputs) graph.removeOutput(value);
  for (const { name } of wanted) graph.addOutput(graph.value(name));
  removeDeadCode(part);
  for (const value of graph.inputs) graph.removeInput(value);
  await saveScratch(part, path);
  const session = { model: path, provider: "cpu", threads: 0, optimization: "disabled" };
  return worker.call(runJob, { session, feeds: {}, release: true });
}
function groupsOf(wanted) {
  let groups2 = [];
  for (const value of wanted) {
    const sources2 = sourcesOf(value);
    const large = sources2.filter((source2) => elementsOf(source2) > slack);
    const shared = groups2.filter((group) => large.some((source2) => group.sources.has(source2)));
    groups2 = groups2.filter((group) => !shared.includes(group));
    groups2.push({
      results: [...shared.flatMap(({ results }) => results), value],
      sources: /* @__PURE__ */ new Set([...shared.flatMap((group) => [...group.sources]), ...sources2])
    });
  }
  return groups2;
}
function sourcesOf(value) {
  const seen = /* @__PURE__ */ new Set([value]);
  for (const each of seen) for (const input of each.producer?.inputs ?? []) if (input) seen.add(input);
  return [...seen].filter(({ initializer }) => initializer !== void 0);
}
function totalOf(values) {
  return [...values].reduce((sum2, value) => sum2 + elementsOf(value), 0);
}
var elementsOf = ({ initializer }) => initializer ? elementCount(initializer) : 0;

// src/quantize/canonical-form.ts
async function toCanonicalForm(model, worker, workDir) {
  runPasses(model, [removeTraces, constantsToInitializers, widenHalf, splitFused, liftLoopInvariants, removeDeadCode]);
  await foldConstants(model, worker, workDir);
  if (lowerEinsum(model).modified) await foldConstants(model, worker, workDir);
}

// src/quantize/dynamic-forms.ts
var DynamicForms = class {
  #activations = /* @__PURE__ */ new Map();
  /** MatMul or Gemm with a stored weight [..., K, N] and its scale [.., 1, N] (or a scalar). */
  product(node, integers2, scale) {
    const { graph } = node;
    const label = node.name || node.output().name;
    const activation = this.#quantize(node.input(0), graph);
    const alpha = node.attrFloat("alpha", 1);
    const scaled2 = alpha === 1 ? scale : graph.addNode({ op: "Mul", name: `${label}_alpha`, inputs: [scale, number2(graph, "alpha", alpha)] }).output();
    const sum2 = graph.addNode({
      op: "MatMulInteger",
      name: `${label}_integer`,
      inputs: [activation.integers, integers2, activation.zeroPoint]
    });
    const float2 = graph.addNode({
      op: "Cast",
      name: `${label}_cast`,
      inputs: [sum2.output()],
      attributes: { to: dataTypeOf("float32") }
    });
    const scales = graph.addNode({ op: "Mul", name: `${label}_scales`, inputs: [activation.scale, scaled2] });
    let result = graph.addNode({
      op: "Mul",
      name: `${label}_dequantize`,
      inputs: [float2.output(), scales.output()]
    });
    const addend = node.op === "Gemm" ? node.input(2) : void 0;
    if (addend) {
      const beta = node.attrFloat("beta", 1);
      const term = beta === 1 ? addend : graph.addNode({ op: "Mul", name: `${label}_beta`, inputs: [addend, number2(graph, "beta", beta)] }).output();
      result = graph.addNode({ op: "Add", name: `${label}_bias`, inputs: [result.output(), term] });
    }
    replaceNode(node, [result.output()], sum2);
  }
  /**
   * LSTM -> com.microsoft.DynamicQuantizeLSTM.
   * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.DynamicQuantizeLSTM
   */
  lstm(node, w, r) {
    const { graph } = node;
    const inputs = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => node.input(index));
    inputs[1] = w.integers;
    inputs[2] = r.integers;
    const quantized2 = graph.addNode({
      op: "DynamicQuantizeLSTM",
      domain: "com.microsoft",
      name: `${node.name || "LSTM"}_integer`,
      inputs: [...inputs, w.scale, w.zeroPoint, r.scale, r.zeroPoint],
      outputs: node.outputs.map((value) => value ? `${value.name}_integer` : "")
    });
    for (const attribute of node.proto.attribute) quantized2.proto.attribute.push(attribute);
    replaceNode(node, quantized2.outputs, quantized2);
  }
  /** com.microsoft.Attention -> QAttention; scale 1-D [3 * hidden] or a scalar. */
  attention(node, weight) {
    const { graph } = node;
    const activation = this.#quantize(node.input(0), graph);
    const scale = activation.scale;
    const quantized2 = graph.addNode({
      op: "QAttention",
      domain: "com.microsoft",
      name: `${node.name || "Attention"}_integer`,
      inputs: [
        activation.integers,
        weight.integers,
        node.input(2),
        scale,
        weight.scale,
        node.input(3),
        activation.zeroPoint,
        weight.zeroPoint,
        node.input(4)
      ],
      outputs: node.outputs.map((value) => value ? `${value.name}_integer` : "")
    });
    const known = /* @__PURE__ */ new Set([
      "num_heads",
      "unidirectional",
      "mask_filter_value",
      "do_rotary",
      "past_present_share_buffer"
    ]);
    for (const attribute of node.proto.attribute) {
      if (known.has(attribute.name)) quantized2.proto.attribute.push(attribute);
    }
    replaceNode(node, quantized2.outputs, quantized2);
  }
  /**
   * Gather of a float table -> Gather of its int8 rows, then the scale: only the rows that are read become float. The other
   * way round (DequantizeLinear before Gather) would expand the whole table with every inference.
   */
  table(node, { integers: integers2, scale, quantized: quantized2 }) {
    const { graph } = node;
    const label = node.name || node.output().name;
    const indices = node.input(1);
    const rows3 = graph.addNode({
      op: "Gather",
      name: `${label}_integer`,
      inputs: [integers2, indices],
      attributes: { axis: { int: 0 } }
    });
    const float2 = graph.addNode({
      op: "Cast",
      name: `${label}_cast`,
      inputs: [rows3.output()],
      attributes: { to: dataTypeOf("float32") }
    });
    const perRow = quantized2.scaleDims.length > 0;
    const factor2 = perRow ? graph.addNode({
      op: "Gather",
      name: `${label}_scales`,
      inputs: [scale, indices],
      attributes: { axis: { int: 0 } }
    }).output() : scale;
    const result = graph.addNode({ op: "Mul", name: `${label}_dequantize`, inputs: [float2.output(), factor2] });
    replaceNode(node, [result.output()], rows3);
  }
  /** One DynamicQuantizeLinear an activation, however many products read it. */
  #quantize(value, graph) {
    const known = this.#activations.get(value);
    if (known && known.integers.graph === graph) return known;
    const node = graph.addNode({
      op: "DynamicQuantizeLinear",
      name: `${value.name}_quantize`,
      inputs: [value],
      outputs: [`${value.name}_integer`, `${value.name}_scale`, `${value.name}_zero_point`]
    });
    const made2 = { integers: node.output(0), scale: node.output(1), zeroPoint: node.output(2) };
    this.#activations.set(value, made2);
    return made2;
  }
};
function number2(graph, name, value) {
  return graph.addInitializer(name, { type: "float32", dims: [], data: Float32Array.of(value) });
}
function replaceNode(node, results, heir) {
  const { graph } = node;
  const name = node.name || node.output().name;
  const taken = [];
  node.outputs.forEach((value, index) => {
    const result = results[index];
    if (!value || !result) return;
    const wanted = value.name;
    if (value.info && !value.isGraphOutput) result.info ??= value.info;
    graph.replaceAll(value, result);
    if (result.name !== wanted) taken.push([result, wanted]);
  });
  graph.removeNode(node);
  for (const [result, wanted] of taken) if (!graph.value(wanted)) graph.rename(result, wanted);
  heir.proto.name = name;
}

// src/quantize/reaches-log.ts
var logarithmic = "its result goes into a logarithm, where small values count as much as large ones";
var keepsPrecision = new Set(
  "Abs Add Cast Clip Concat Expand Flatten Gather Identity MatMul Max Mul Pow ReduceSum ReduceSumSquare Reshape Slice Split Sqrt Squeeze Sub Transpose Unsqueeze".split(" ")
);
function reachesLog(start) {
  const seen = /* @__PURE__ */ new Set([start]);
  for (const node of seen) {
    for (const value of node.outputs) {
      for (const consumer of value?.consumers ?? []) {
        if (consumer.is("Log")) return true;
        if (keepsPrecision.has(consumer.op) && seen.size < 64) seen.add(consumer);
      }
    }
  }
  return false;
}

// src/quantize/dynamic-plan.ts
function integerSites(plan) {
  return plan.flatMap(({ sites }) => sites.filter(({ form }) => form === "integer"));
}
function planWeights(groups2, input) {
  return groups2.map((group) => planGroup(group, input));
}
function planGroup(group, input) {
  const float2 = (why) => ({
    group,
    kept: [],
    sites: group.sites.map((site) => ({ site, form: "float", why }))
  });
  if (group.blocked !== void 0) return float2(group.blocked);
  for (const site of group.sites) {
    const why = input.keepsFloat(site);
    if (why === void 0) continue;
    const tied = group.sites.length > 1 ? `; the weight '${group.name}' is shared and is not stored twice` : "";
    return float2(why + tied);
  }
  const wishes = group.sites.map((site) => ({ site, ...wish(group, site, input) }));
  const leader = wishes.find(({ form }) => form === "integer") ?? wishes.find(({ form }) => form === "table") ?? wishes[0];
  const kept2 = leader.site.kept;
  const sites = wishes.map(({ site, form, why }) => {
    if ((form === "integer" || form === "table") && site.kept.join() !== kept2.join()) {
      return { site, form: "storage", why: `${stored}: '${group.name}' is shared with ${leader.site.label}` };
    }
    return { site, form, why };
  });
  return { group, kept: kept2, sites };
}
var stored = "weight stored as integers and expanded when the model is loaded, computed in float";
var fewestGathered = 1e5;
function wish(group, site, input) {
  if (site.role === "table") {
    const plain2 = group.dims.length === 2 && site.perm.join() === "0,1" && site.node.attrInt("axis", 0) === 0;
    const small = group.elements < fewestGathered;
    if (!small && plain2 && input.integers && input.target.arithmetic !== "gpu")
      return { form: "table", why: "rows gathered as int8" };
    return { form: "storage", why: `${small ? "small " : ""}table ${stored.slice("weight ".length)}` };
  }
  const barrier = input.demoted.get(site.label) ?? integerBarrier(group, site, input);
  if (barrier !== void 0) return { form: "storage", why: `${stored}: ${barrier}` };
  return { form: "integer", why: operatorOf(site.node)?.dynamicKernel ?? "DynamicQuantizeMatMul" };
}
function integerBarrier(group, site, input) {
  const { node, op } = site;
  const { target } = input;
  if (!input.integers) return "integers are off";
  if (target.arithmetic === "gpu") return `${target.name} has no dynamic quantization`;
  if (op === "Conv") {
    return "ConvInteger is slower than FP32";
  }
  if (site.role === "left") return "no kernel takes an integer weight on the left";
  if (site.role === "derived") return "the weight is computed from constants";
  if (op === "LSTM") return lstmBarrier(group, site);
  if (node.domain === "com.microsoft" && op === "Attention") return attentionBarrier(group, site, input);
  if (site.role !== "product") return `ONNX Runtime has no dynamic integer kernel for ${op}`;
  if (op === "Gemm" && node.attrInt("transA", 0)) return "transA: the activation is transposed";
  const dims = productDims(group, site);
  if (dims.length < 2) return "the weight is a vector";
  if (reachesLog(node)) return logarithmic;
  return productBarrier(input, site.label, dims.at(-2), dims.at(-1));
}
function productPerm(site) {
  const perm = [...site.perm];
  if (site.node.attrInt("transB", 0) && perm.length >= 2) perm.push(...perm.splice(-2).reverse());
  return perm;
}
function productDims(group, site) {
  return productPerm(site).map((axis) => group.dims[axis]);
}
function productBarrier({ rows: rows3, smallProducts }, label, k, n) {
  const known = rows3(label);
  const m = known ?? 1;
  const large = m <= 4 ? k * n >= 2e5 : n >= 96 && m * k * n >= 1e6;
  const small = m <= 4 ? k * n >= 64e3 : n >= 64 && m * k * n >= 25e4;
  if (large || small && smallProducts) return void 0;
  return `too small to gain from integers (${known ?? "unknown"}x${k}x${n})`;
}
function lstmBarrier(group, { node }) {
  if (group.sites.length > 1 || group.root.uses.length > 1) return "its weight is shared";
  if (node.attrInt("layout", 0) !== 0) return "batch-first layout";
  const [w, r] = [1, 2].map((index) => node.input(index)?.staticInfo);
  if (node.input(1)?.initializer === void 0 || node.input(2)?.initializer === void 0 || !w?.dims || !r?.dims) {
    return "its weights are not constants";
  }
  const parameters = Number(w.dims[1]) * (Number(w.dims[2]) + Number(r.dims[2]));
  return parameters >= 3e5 ? void 0 : `too small to gain from integers (${parameters} weights a direction)`;
}
function attentionBarrier(group, { node, label }, input) {
  if (group.sites.length > 1 || group.root.uses.length > 1) return "its weight is shared";
  if (node.input(5) || node.input(6)) return "QAttention has no attention bias";
  if (node.hasAttr("qkv_hidden_sizes") || node.hasAttr("scale")) return "QAttention has neither own sizes nor a scale";
  return productBarrier(input, label, group.dims[0], group.dims[1]);
}

// src/quantize/dynamic-sites.ts
function findWeights(model, perChannel2) {
  const groups2 = /* @__PURE__ */ new Map();
  const addSite = (root, node, site) => {
    const dims = dimsOf(root);
    if (dims.length === 0) return;
    let group = groups2.get(root);
    if (!group) {
      const elements = dims.reduce((product2, dim) => product2 * dim, 1);
      group = { root, name: root.name, dims, elements, sites: [] };
      groups2.set(root, group);
    }
    const known = group.sites.some((other) => other.node === node && other.input === site.input);
    if (known) return;
    group.sites.push({ node, label: nodeLabel(node), op: node.op, ...site, kept: perChannel2 ? site.kept : [] });
  };
  for (const node of model.graph.allNodes()) {
    for (const { input, role, axes } of weightInputs(node)) {
      const traced = trace(node.input(input));
      if (traced) {
        const { root, perm } = traced;
        const dims = dimsOf(root);
        const seen = perm.map((axis) => dims[axis]);
        const kept2 = axes(seen).map((axis) => perm[axis]);
        addSite(root, node, { input, role, perm, kept: kept2.sort((a, b) => a - b) });
      } else if (role !== "table" && role !== "left") {
        for (const root of leaves(node.input(input)))
          addSite(root, node, { input, role: "derived", perm: [], kept: [0] });
      }
    }
  }
  for (const group of groups2.values()) {
    const blocked = blockedReason(group);
    if (blocked !== void 0) group.blocked = blocked;
  }
  return [...groups2.values()];
}
function weightInputs(node) {
  if (node.is("Gather")) return [{ input: 0, role: "table", axes: () => [node.attrInt("axis", 0)] }];
  if (node.is("MatMul")) {
    const batch = (dims) => dims.slice(0, -2).map((_, axis) => axis);
    return [
      { input: 1, role: "product", axes: (dims) => dims.length < 2 ? [] : [...batch(dims), dims.length - 1] },
      { input: 0, role: "left", axes: (dims) => dims.length < 2 ? [] : [...batch(dims), dims.length - 2] }
    ];
  }
  const operator = operatorOf(node);
  if (!operator?.weight) return [];
  if (operator.kind === "recurrent") {
    return [operator.weight, ...operator.furtherWeights ?? []].map(({ input }) => ({
      input,
      role: "weight",
      axes: () => [0, 1]
    }));
  }
  return [operator.weight, ...operator.furtherWeights ?? []].map(({ input, axis }) => ({
    input,
    role: node.op === "Gemm" ? "product" : "weight",
    // Where the output channels are no single axis (ConvTranspose with groups), the input channels serve as well: the
    // scales only have to be known when the weight is read.
    axes: (dims) => [axis(node, dims.length) ?? 0]
  }));
}
function trace(value) {
  if (!value) return void 0;
  if (value.initializer) return { root: value, perm: value.initializer.dims.map((_, axis) => axis) };
  const node = value.producer;
  if (node?.is("Identity")) return trace(node.input(0));
  if (!node?.is("Transpose")) return void 0;
  const inner = trace(node.input(0));
  if (!inner) return void 0;
  const order = node.attrInts("perm", inner.perm.map((_, axis) => axis).reverse());
  return { root: inner.root, perm: order.map((axis) => inner.perm[axis]) };
}
function dimsOf(root) {
  return root.initializer?.dims.map(Number) ?? [];
}
var moving = ["Concat", "Flatten", "Reshape", "Slice", "Split", "Squeeze", "Unsqueeze", "Transpose", "Identity"];
function leaves(value) {
  if (!value) return [];
  if (value.initializer) return [value];
  const node = value.producer;
  if (!node?.is(...moving)) return [];
  const found2 = [];
  for (const input of node.inputs) {
    if (!input) continue;
    const inner = leaves(input);
    if (inner.length === 0) return [];
    found2.push(...inner);
  }
  return [...new Set(found2)].filter((leaf) => !leaf.staticInfo.type?.startsWith("int"));
}
var fewestElements = 512;
function blockedReason({ root, elements, dims }) {
  const { type: type2 } = root.staticInfo;
  if (type2 !== "float32") return `its weight is ${type2 ?? "of a type without numbers"}; Level 1 takes float32`;
  if (elements < fewestElements)
    return `a weight of ${elements} values [${dims.join(", ")}] would not get smaller as int8`;
  if (root.isGraphOutput) return "its weight is an output of the model";
  return void 0;
}
function readWeight({ root }) {
  if (!root.initializer) return void 0;
  const { data } = readTensor(root.initializer);
  return data instanceof Float32Array ? data : void 0;
}

// src/quantize/recover/lattice-rounding.ts
var damping = 0.01;
function factorBlock(moments2, size) {
  const energy2 = Float64Array.from({ length: size }, (_, i) => moments2[i * size + i]);
  const order = Int32Array.from(energy2.keys()).sort((a, b) => energy2[a] - energy2[b] || a - b);
  const added = energy2.reduce((sum2, x) => sum2 + x, 0) / size * damping;
  const rows3 = new Float32Array(size * (size + 1) / 2);
  const inverse = new Float64Array(size);
  const sums = new Float64Array(together);
  for (let first = 0; first < size; first += together) {
    const end2 = Math.min(first + together, size);
    for (let j = 0; j < end2; j++) {
      for (let r = 0; r < together; r++) sums[r] = moments2[order[Math.min(first + r, end2 - 1)] * size + order[j]];
      subtractProducts(sums, rows3, first, end2 - 1, j);
      for (let i = Math.max(first, j); i < end2; i++) {
        const sum2 = sums[i - first];
        if (i > j) rows3[rowStart(i) + j] = sum2 * inverse[j];
        else {
          const root = Math.sqrt(Math.max(sum2 + added, added / 2, Number.MIN_VALUE));
          rows3[rowStart(i) + i] = root;
          inverse[i] = 1 / root;
        }
      }
    }
  }
  return { size, order, columns: transposed(rows3, size) };
}
function subtractProducts(sums, rows3, first, last, j) {
  const row2 = (i) => rowStart(Math.min(first + i, last));
  const [rowA, rowB, rowC, rowD] = [row2(0), row2(1), row2(2), row2(3)];
  const [rowE, rowF, rowG, rowH] = [row2(4), row2(5), row2(6), row2(7)];
  let a = sums[0];
  let b = sums[1];
  let c = sums[2];
  let d = sums[3];
  let e = sums[4];
  let f = sums[5];
  let g = sums[6];
  let h = sums[7];
  for (let k = 0, other = rowStart(j); k < j; k++) {
    const factor2 = rows3[other + k];
    a -= rows3[rowA + k] * factor2;
    b -= rows3[rowB + k] * factor2;
    c -= rows3[rowC + k] * factor2;
    d -= rows3[rowD + k] * factor2;
    e -= rows3[rowE + k] * factor2;
    f -= rows3[rowF + k] * factor2;
    g -= rows3[rowG + k] * factor2;
    h -= rows3[rowH + k] * factor2;
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
  sums[4] = e;
  sums[5] = f;
  sums[6] = g;
  sums[7] = h;
}
var rowStart = (i) => i * (i + 1) / 2;
function transposed(rows3, size) {
  const columns = new Float32Array(rows3.length);
  let at2 = 0;
  for (let j = 0; j < size; j++) for (let i = j; i < size; i++) columns[at2++] = rows3[rowStart(i) + j];
  return columns;
}
function roundToLattice(weight, scales, { outputs, inputs, outputsFirst, blocks }, low, high) {
  const levels = new Int16Array(weight.length);
  const [outputStep, inputStep] = outputsFirst ? [inputs, 1] : [1, outputs];
  const size = blocks[0].size;
  const blocksOfOutput = inputs / size;
  const outputsOfGroup = outputs / (blocks.length / blocksOfOutput);
  const exact3 = new Float64Array(size * together);
  const errors = new Float64Array(size * together);
  const moved = new Float64Array(together);
  for (let first = 0; first < outputs; ) {
    const group = Math.floor(first / outputsOfGroup);
    const end2 = Math.min(first + together, (group + 1) * outputsOfGroup);
    for (let b = 0; b < blocksOfOutput; b++) {
      const { order, columns } = blocks[group * blocksOfOutput + b];
      const start = b * size * inputStep;
      for (let output = first; output < end2; output++) {
        const scale = scales[scales.length === 1 ? 0 : output];
        const from = start + output * outputStep;
        for (let i = 0; i < size; i++) {
          exact3[i * together + output - first] = weight[from + order[i] * inputStep] / scale;
        }
      }
      let column = columns.length;
      for (let i = size - 1; i >= 0; i--) {
        column -= size - i;
        moveTargets(moved, errors, columns, column, size - 1 - i, i);
        for (let output = first; output < end2; output++) {
          const at2 = i * together + output - first;
          const wanted = roundHalfToEven(exact3[at2] + moved[output - first] / columns[column]);
          const level = Math.min(Math.max(wanted, low), high);
          levels[start + output * outputStep + order[i] * inputStep] = level;
          errors[at2] = exact3[at2] - level;
        }
      }
    }
    first = end2;
  }
  return levels;
}
var together = 8;
function moveTargets(into, errors, columns, column, count2, i) {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let e = 0;
  let f = 0;
  let g = 0;
  let h = 0;
  for (let k = count2; k > 0; k--) {
    const factor2 = columns[column + k];
    const at2 = (i + k) * together;
    a += factor2 * errors[at2];
    b += factor2 * errors[at2 + 1];
    c += factor2 * errors[at2 + 2];
    d += factor2 * errors[at2 + 3];
    e += factor2 * errors[at2 + 4];
    f += factor2 * errors[at2 + 5];
    g += factor2 * errors[at2 + 6];
    h += factor2 * errors[at2 + 7];
  }
  into[0] = a;
  into[1] = b;
  into[2] = c;
  into[3] = d;
  into[4] = e;
  into[5] = f;
  into[6] = g;
  into[7] = h;
}

// src/quantize/recover/rounding.ts
function balanceRounding(errors, levels, kernel, low, high) {
  const flipped = new Uint8Array(levels.length);
  if (kernel > 1) {
    for (let start = 0; start < levels.length; start += kernel) {
      balance(errors, levels, flipped, start, start + kernel, low, high);
    }
  }
  balance(errors, levels, flipped, 0, levels.length, low, high);
}
function balance(errors, levels, flipped, from, to, low, high) {
  let sum2 = 0;
  for (let i = from; i < to; i++) sum2 += errors[i];
  const direction = Math.sign(sum2);
  let flips = Math.floor(Math.abs(sum2) + 0.5);
  if (flips === 0) return;
  const candidates = [];
  for (let i = from; i < to; i++) {
    const level = levels[i] + direction;
    if (!flipped[i] && errors[i] * direction > 0 && errors[i] * direction <= 0.5 && level >= low && level <= high) {
      candidates.push(i);
    }
  }
  candidates.sort((a, b) => Math.abs(errors[b]) - Math.abs(errors[a]) || a - b);
  for (const i of candidates) {
    if (flips-- === 0) return;
    levels[i] = levels[i] + direction;
    errors[i] = errors[i] - direction;
    flipped[i] = 1;
  }
}

// src/quantize/weights.ts
var fractions2 = Array.from({ length: 61 }, (_, i) => 1 - i / 100);
function weightGrid(target, bits, depthwise2 = false) {
  if (bits === 8) return depthwise2 && target.depthwiseWeight || target.weight;
  const levels = 2 ** (bits - 1) - 1;
  return { type: "int8", qmin: -levels, qmax: levels, zeroPoint: 0 };
}
function quantizeWeights(data, dims, options) {
  const { axis, grid, rounding = "nearest", moments: moments2 } = options;
  const zeroPoint = grid.zeroPoint ?? 0;
  const [low, high] = [grid.qmin - zeroPoint, grid.qmax - zeroPoint];
  const channels = channelsOf(data, dims, axis);
  const scales = scalesOf(data, channels, options, low, high);
  const values = grid.type === "uint8" ? new Uint8Array(data.length) : new Int8Array(data.length);
  if (moments2) {
    const levels = roundToLattice(data, scales, moments2, low, high);
    for (let i = 0; i < levels.length; i++) values[i] = levels[i] + zeroPoint;
  } else if (rounding === "balanced") {
    const kernel = axis === 0 ? dims.slice(2).reduce((a, b) => a * b, 1) : 1;
    const { count: count2, inner, outer } = channels;
    const levels = new Float64Array(outer * inner);
    const errors = new Float64Array(outer * inner);
    for (let c = 0; c < count2; c++) {
      const channel = gather(data, channels, c);
      const scale = scales[c];
      for (let i = 0; i < channel.length; i++) {
        const exact3 = channel[i] / scale;
        const level = Math.min(Math.max(roundHalfToEven(Math.fround(exact3)), low), high);
        levels[i] = level;
        errors[i] = exact3 - level;
      }
      balanceRounding(errors, levels, kernel, low, high);
      for (let o = 0, i = 0; o < outer; o++) {
        const start = (o * count2 + c) * inner;
        for (let at2 = start; at2 < start + inner; at2++) values[at2] = levels[i++] + zeroPoint;
      }
    }
  } else {
    const { count: count2, inner } = channels;
    for (let start = 0, c = 0; start < data.length; start += inner, c = c + 1 === count2 ? 0 : c + 1) {
      const scale = scales[c];
      for (let i = start; i < start + inner; i++) {
        const level = roundHalfToEven(Math.fround(data[i] / scale));
        values[i] = Math.min(Math.max(level, low), high) + zeroPoint;
      }
    }
  }
  return { values, dims, axis, scales, zeroPoint, grid };
}
function channelsOf({ length }, dims, axis) {
  const count2 = axis === void 0 ? 1 : dims[axis];
  const inner = axis === void 0 ? length : dims.slice(axis + 1).reduce((product2, dim) => product2 * dim, 1);
  return { count: count2, inner, outer: length / (count2 * inner) || 0 };
}
function gather(data, { count: count2, inner, outer }, c) {
  if (outer === 1) return data.subarray(c * inner, (c + 1) * inner);
  const channel = new Float32Array(outer * inner);
  for (let o = 0; o < outer; o++) {
    const start = (o * count2 + c) * inner;
    channel.set(data.subarray(start, start + inner), o * inner);
  }
  return channel;
}
function scalesOf(data, channels, { scales, range = "max", leastScales }, low, high) {
  const found2 = scales ?? coveringScales(data, channels, low, high);
  return Float32Array.from({ length: channels.count }, (_, c) => {
    let scale = found2[found2.length === 1 ? 0 : c];
    if (!scales && range === "mse") scale = leastErrorScale(gather(data, channels, c), scale, low, high);
    return Math.max(scale, leastScales?.[leastScales.length === 1 ? 0 : c] ?? 0);
  });
}
function coveringScales(data, { count: count2, inner }, low, high) {
  const min2 = new Float64Array(count2);
  const max = new Float64Array(count2);
  for (let start = 0, c = 0; start < data.length; start += inner, c = c + 1 === count2 ? 0 : c + 1) {
    for (let i = start; i < start + inner; i++) {
      const value = data[i];
      if (!Number.isFinite(value)) throw new RangeError("the weight holds NaN or infinity");
      if (value < min2[c]) min2[c] = value;
      else if (value > max[c]) max[c] = value;
    }
  }
  const scales = Float32Array.from(min2, (least2, c) => Math.max(least2 / low, max[c] / high));
  const smallest = scales.reduce((found2, scale) => isNormal(scale) && scale < found2 ? scale : found2, Infinity);
  return scales.map((scale) => isNormal(scale) ? scale : Number.isFinite(smallest) ? smallest : 1);
}
var isNormal = (scale) => scale >= 2 ** -126;
function leastErrorScale(values, covering, low, high) {
  let best = covering;
  let least2 = Infinity;
  for (const fraction of fractions2) {
    const scale = Math.fround(covering * fraction);
    let error = 0;
    for (let i = 0; i < values.length && error < least2; i++) {
      const value = values[i];
      const distance = value - Math.min(Math.max(Math.round(value / scale), low), high) * scale;
      error += distance * distance;
    }
    if (error < least2) [best, least2] = [scale, error];
  }
  return best;
}
var largestBias = 2 ** 31 * 0.9;
function biasFloor(bias, activationScale) {
  const least2 = new Float64Array(bias.length);
  for (let c = 0; c < bias.length; c++) least2[c] = Math.abs(bias[c]) / (largestBias * activationScale);
  return least2;
}
function quantizeBias(bias, activationScale, weightScales) {
  const scales = new Float32Array(bias.length);
  const values = new Int32Array(bias.length);
  for (let c = 0; c < bias.length; c++) {
    scales[c] = activationScale * weightScales[weightScales.length === 1 ? 0 : c];
    values[c] = Math.min(Math.max(roundHalfToEven(bias[c] / scales[c]), -(2 ** 31)), 2 ** 31 - 1);
  }
  return { values, scales };
}

// src/quantize/weight-only.ts
var storageGrid = { type: "int8", qmin: -127, qmax: 127, zeroPoint: 0 };
function quantizeWeight(weight, dims, kept2, grid, rounding = "nearest") {
  const { lead, axis } = split(kept2);
  const bits = grid.qmin >= -8 && grid.qmax <= 7 ? 4 : 8;
  const range = bits === 4 ? "mse" : "max";
  const inner = dims.slice(lead);
  const blocks = sizeOf(dims.slice(0, lead));
  const size = sizeOf(inner);
  const values = grid.type === "uint8" ? new Uint8Array(weight.length) : new Int8Array(weight.length);
  const scaleDims = kept2.length === 0 ? [] : dims.map((dim, at2) => kept2.includes(at2) ? dim : 1);
  const scale = new Float32Array(sizeOf(scaleDims));
  const channels = scale.length / blocks;
  for (let block = 0; block < blocks; block++) {
    const part = quantizeWeights(weight.subarray(block * size, (block + 1) * size), inner, {
      axis,
      grid,
      range,
      rounding
    });
    values.set(part.values, block * size);
    scale.set(part.scales, block * channels);
  }
  return { values, dims, scale, scaleDims, zeroPoint: grid.zeroPoint ?? 0, bits };
}
function split(kept2) {
  const last = kept2.at(-1);
  if (last === void 0) return { lead: 0, axis: void 0 };
  const lead = kept2.length - 1;
  if (kept2.some((axis, i) => i < lead && axis !== i)) throw new Error(`scales along axes ${kept2}`);
  return { lead, axis: last - lead };
}
function storageGridOf(bits) {
  const levels = 2 ** (bits - 1) - 1;
  return { ...storageGrid, qmin: -levels, qmax: levels };
}
function storeIntegers(graph, name, { values, dims, bits }) {
  const type2 = values instanceof Uint8Array ? "uint8" : "int8";
  if (bits === 8) return graph.addInitializer(name, { type: type2, dims, data: values });
  const packed = graph.addInitializer(`${name}_int4`, rawTensorProto(TensorProto_DataType.INT4, dims, packNibbles(values)));
  return graph.addNode({
    op: "Cast",
    name: `${name}_widen`,
    inputs: [packed],
    outputs: [name],
    attributes: { to: dataTypeOf("int8") }
  }).output();
}
function storeWeight(graph, name, quantized2) {
  const { scale, scaleDims } = quantized2;
  return {
    integers: storeIntegers(graph, `${name}_quantized`, quantized2),
    scale: graph.addInitializer(`${name}_scale`, { type: "float32", dims: scaleDims, data: scale }),
    quantized: quantized2
  };
}
function floatView(graph, name, { integers: integers2, scale, quantized: quantized2 }) {
  let view = graph.addNode({ op: "Cast", name: `${name}_cast`, inputs: [integers2], attributes: { to: dataTypeOf("float32") } }).output();
  if (quantized2.zeroPoint !== 0) {
    const zero = { type: "float32", dims: [], data: Float32Array.of(quantized2.zeroPoint) };
    const zeroPoint = graph.addInitializer(`${name}_zero_point`, zero);
    view = graph.addNode({ op: "Sub", name: `${name}_shift`, inputs: [view, zeroPoint] }).output();
  }
  return graph.addNode({ op: "Mul", name: `${name}_dequantize`, inputs: [view, scale], outputs: [`${name}_float`] }).output();
}

// src/quantize/dynamic-apply.ts
function applyPlan(model, plan, target, bits, cache) {
  const forms = new DynamicForms();
  const views = [];
  const recurrent2 = /* @__PURE__ */ new Map();
  for (const { group, kept: kept2, sites } of plan) {
    if (sites.every(({ form }) => form === "float")) continue;
    const integer = sites.some(({ form }) => form === "integer");
    const grid = integer && bits === 8 ? target.dynamicWeight : storageGridOf(bits);
    const quantized2 = quantizeGroup(group, kept2, grid, sites, cache);
    if (!quantized2) continue;
    const { graph } = group.root;
    const first = sites[0].site;
    if (integer && (first.op === "LSTM" || first.op === "Attention")) {
      const operand = ownOperand(group, quantized2, first.op === "LSTM" ? [0, 2, 1] : [0, 1]);
      if (first.op === "Attention") {
        forms.attention(first.node, operand);
        continue;
      }
      const operands = recurrent2.get(first.node) ?? /* @__PURE__ */ new Map();
      recurrent2.set(first.node, operands.set(first.input, operand));
      const [w, r] = [operands.get(1), operands.get(2)];
      if (w && r) forms.lstm(first.node, w, r);
      continue;
    }
    const perms = [
      ...new Set(sites.filter(({ form }) => form === "integer").map(({ site }) => productPerm(site).join()))
    ];
    const onlyIntegers = sites.every(({ form }) => form === "integer") && group.root.uses.length === sites.length;
    const order = perms.length === 1 && onlyIntegers ? perms[0].split(",").map(Number) : void 0;
    const weight = storeWeight(graph, group.name, order ? transposed2(quantized2, order) : quantized2);
    const turned = /* @__PURE__ */ new Map([[identity(group.dims.length), [weight.integers, weight.scale]]]);
    if (order) turned.set(perms[0], [weight.integers, weight.scale]);
    for (const { site, form } of sites) {
      if (form === "table") forms.table(site.node, weight);
      if (form !== "integer") continue;
      const perm = productPerm(site);
      let operands = turned.get(perm.join());
      if (!operands) {
        const turn2 = (value) => graph.addNode({ op: "Transpose", name: `${value.name}_turned`, inputs: [value], attributes: { perm } }).output();
        operands = [turn2(weight.integers), quantized2.scaleDims.length > 0 ? turn2(weight.scale) : weight.scale];
        turned.set(perm.join(), operands);
      }
      forms.product(site.node, ...operands);
    }
    views.push({ group, weight });
  }
  for (const { group, weight } of views) {
    const { root } = group;
    dropUnusedTurns(root);
    if (root.isUnused) continue;
    const view = floatView(root.graph, group.name, weight);
    root.graph.replaceUses(root, view);
  }
  removeDeadCode(model);
}
function dropUnusedTurns(value) {
  for (const node of value.consumers) {
    if (!node.is("Transpose", "Identity")) continue;
    dropUnusedTurns(node.output());
    if (node.output().isUnused) node.graph.removeNode(node);
  }
}
function quantizeGroup(group, kept2, grid, sites, cache) {
  const weight = readWeight(group);
  const rounding = roundingFor(sites);
  try {
    if (weight) {
      return cache.remember(
        group.root.initializer,
        JSON.stringify({ kept: kept2, grid, rounding, dims: group.dims }),
        () => quantizeWeight(weight, group.dims, kept2, grid, rounding)
      );
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    for (const plan of sites)
      Object.assign(plan, { form: "float", why: `its weight '${group.name}' holds NaN or infinity` });
  }
  return void 0;
}
function roundingFor(sites) {
  return sites.every(({ site }) => site.op === "Conv" || site.op === "ConvTranspose") ? "balanced" : "nearest";
}
function ownOperand(group, quantized2, order) {
  const { graph } = group.root;
  const weight = transposed2(quantized2, order);
  const { dims, scale, scaleDims } = weight;
  const shape = scaleDims.length === 0 ? dims.length === 3 ? [dims[0]] : [] : scaleDims.filter((dim, axis) => dim === dims[axis]);
  const count2 = shape.reduce((product2, dim) => product2 * dim, 1);
  const data = scaleDims.length === 0 ? new Float32Array(count2).fill(scale[0]) : scale;
  return {
    integers: storeIntegers(graph, `${group.name}_quantized`, weight),
    scale: graph.addInitializer(`${group.name}_scale`, { type: "float32", dims: shape, data }),
    zeroPoint: graph.addInitializer(`${group.name}_zero_point`, {
      type: "int8",
      dims: dims.length === 3 ? shape : [],
      data: new Int8Array(dims.length === 3 ? count2 : 1)
    })
  };
}
function identity(rank4) {
  return Array.from({ length: rank4 }, (_, axis) => axis).join();
}
var turnedBefore = /* @__PURE__ */ new WeakMap();
function transposed2(weight, order) {
  if (order.every((axis, i) => axis === i)) return weight;
  const known = turnedBefore.get(weight) ?? /* @__PURE__ */ new Map();
  turnedBefore.set(weight, known);
  const made2 = known.get(order.join()) ?? turn(weight, order);
  known.set(order.join(), made2);
  return made2;
}
function turn(weight, order) {
  return {
    ...weight,
    values: transpose(weight.values, weight.dims, order),
    dims: order.map((axis) => weight.dims[axis]),
    scale: weight.scaleDims.length === 0 ? weight.scale : transpose(weight.scale, weight.scaleDims, order),
    scaleDims: weight.scaleDims.length === 0 ? [] : order.map((axis) => weight.scaleDims[axis])
  };
}
function transpose(values, dims, order) {
  const strides = new Array(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * dims[axis + 1];
  const sizes = order.map((axis) => dims[axis]);
  const steps3 = order.map((axis) => strides[axis]);
  const result = values.slice();
  const at2 = new Array(dims.length).fill(0);
  let from = 0;
  for (let to = 0; to < values.length; to++) {
    result[to] = values[from];
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += steps3[axis];
      at2[axis] += 1;
      if (at2[axis] < sizes[axis]) break;
      from -= steps3[axis] * sizes[axis];
      at2[axis] = 0;
    }
  }
  return result;
}

// src/quantize/dynamic-shapes.ts
import { join as join14 } from "node:path";
var sizesToTry = [void 0, 32, 1, 128, 512, 576, 64, 224];
async function observeNodes(worker, model, workDir, given, seed) {
  const { labels, path } = await saveNumbered(model, join14(workDir, "observed.onnx"));
  const attempts = given ? [given] : sizesToTry.map((size) => ({ seed, ...size !== void 0 && { size } }));
  let failed = "";
  for (const feeds of attempts) {
    try {
      const spec = { model: path, provider: "cpu", threads: 1, optimization: "disabled" };
      const profile = await profileNodes(worker, spec, feeds, 1);
      return {
        feeds,
        nodes: new Map(profile.flatMap((node) => labels.has(node.name) ? [[labels.get(node.name), node]] : []))
      };
    } catch (error) {
      if (!(error instanceof WorkerError)) throw error;
      failed ||= error.message;
      if (error.kind !== "error") break;
    }
  }
  return { failed };
}
function rowsOf(dims) {
  return dims.slice(0, -1).reduce((product2, dim) => product2 * dim, 1);
}
async function saveNumbered(model, path) {
  const copy = model.clone();
  const labels = [...copy.graph.allNodes()].map(nodeLabel);
  const nodes = numberNodes(copy);
  await saveScratch(copy, path);
  return { path, labels: new Map(nodes.map((node, index) => [node.name, labels[index]])) };
}

// src/quantize/dynamic-trial.ts
var tolerated = 1.05;
var winner = 0.9;
var worthwhile = 0.97;
var budgetMicroseconds = 1e6;
var undisturbed = 0.1;
async function isFaster(trial, one, other) {
  const { worker, workDir, threads, feeds } = trial;
  const [contender, rival] = await Promise.all(
    [one, other].map(async ({ model }, index) => {
      const path = `${workDir}/trial-${index}.onnx`;
      await saveScratch(model, path);
      return { model: path, provider: "cpu", threads };
    })
  );
  const params = { contender, rival, feeds, decides: worthwhile };
  return (await worker.call(raceJob, params)).ratio < worthwhile;
}
async function slowerThanFloat(trial) {
  const { worker, workDir, plan } = trial;
  const integer = integerSites(plan);
  if (integer.length === 0) return /* @__PURE__ */ new Map();
  const planned = await saveNumbered(trial.model, `${workDir}/trial-integer.onnx`);
  const float2 = await saveNumbered(trial.storage(), `${workDir}/trial-float.onnx`);
  const runs = Math.min(30, Math.max(5, Math.round(budgetMicroseconds / 2 / trial.expected)));
  const spec = { provider: "cpu", threads: trial.threads };
  const sessions = [float2.path, planned.path].map((model) => ({ ...spec, model }));
  const { feeds } = trial;
  const params = { contender: sessions[1], rival: sessions[0], feeds, decides: tolerated };
  const { ratio } = await worker.call(raceJob, params);
  if (ratio <= tolerated) return /* @__PURE__ */ new Map();
  const [before, after] = await worker.call(profileJob, { sessions, feeds, runs, quantile: undisturbed });
  const floatTimes = timesByLabel(before, float2.labels);
  const integerTimes = timesByLabel(after, planned.labels);
  const slow = /* @__PURE__ */ new Map();
  for (const { site } of integer) {
    const [was, is] = [floatTimes.get(site.label), integerTimes.get(site.label)];
    if (was === void 0 || is === void 0 || is < was * winner) continue;
    slow.set(site.label, `measured no faster in integers here (${Math.round(is)} against ${Math.round(was)} us)`);
  }
  return slow;
}
function timesByLabel(nodes, labels) {
  const times = /* @__PURE__ */ new Map();
  for (const { name, microseconds } of nodes) {
    const numbered = /qg-node-\d+\./.exec(name)?.[0];
    const label = numbered && labels.get(numbered);
    if (label !== void 0) times.set(label, (times.get(label) ?? 0) + microseconds);
  }
  return times;
}

// src/quantize/keep-float.ts
var import_picomatch2 = __toESM(require_picomatch(), 1);
function keepFloatWhy(patterns, nodes) {
  for (const pattern of patterns) {
    const matches = (0, import_picomatch2.default)(pattern, { dot: true, bash: true });
    if (nodes.some((node) => node && (node.op === pattern || node.name === pattern || matches(node.name)))) {
      return `kept in float by the policy (${pattern})`;
    }
  }
  return void 0;
}
function keepFloatInside(patterns, { node, label, op }) {
  return keepFloatWhy(patterns, [{ name: label, op }, outermost(node)]);
}
function outermost(node) {
  return node.graph.owner ? outermost(node.graph.owner) : node;
}

// src/quantize/weight-cache.ts
var least = 16e6;
var most3 = 16e7;
var ways = 5;
var WeightCache = class {
  #known = /* @__PURE__ */ new WeakMap();
  #capacity;
  #bytes = 0;
  /** @param weights of the model, in numbers */
  constructor(weights) {
    this.#capacity = Math.min(Math.max(least, ways * weights), most3);
  }
  /**
   * What was made of an initializer in the way that `how` names, now or before; it is shared and not to be changed. Where there is
   * no more room, the newest way takes the place of the oldest ones of the same weight.
   *
   * @param how everything that the result depends on besides the weight
   */
  remember(proto, how, make) {
    const key2 = sharedBytes(proto);
    if (!key2) return make();
    const ofWeight = this.#known.get(key2) ?? /* @__PURE__ */ new Map();
    const known = ofWeight.get(how);
    if (known) return known.made;
    const made2 = make();
    const bytes2 = made2.values.length;
    for (const [oldest, kept2] of ofWeight) {
      if (this.#bytes + bytes2 <= this.#capacity) break;
      ofWeight.delete(oldest);
      this.#bytes -= kept2.bytes;
    }
    if (this.#bytes + bytes2 > this.#capacity) return made2;
    this.#bytes += bytes2;
    this.#known.set(key2, ofWeight.set(how, { made: made2, bytes: bytes2 }));
    return made2;
  }
  /** Whether there is room for one more way of rounding an initializer. */
  hasRoom(proto) {
    const bytes2 = sizeOf(proto.dims.map(Number));
    return sharedBytes(proto) !== void 0 && this.#bytes + bytes2 <= this.#capacity;
  }
};
function weightElements(graph) {
  return graph.initializers.reduce((sum2, { initializer }) => sum2 + sizeOf(initializer.dims.map(Number)), 0);
}

// src/quantize/dynamic.ts
var integerOpset = 11;
var storageOpset = 7;
var trialElements = 64e6;
var nibbleOpset = 21;
async function quantizeDynamic(request) {
  const start = performance.now();
  const { target, options, workDir, seed, progress } = request;
  await mkdir3(workDir, { recursive: true });
  const source2 = request.model.clone();
  const stage = progress.stage("dynamic quantization", 3, "steps");
  const worker = await WorkerProcess.start({ runtime: request.runtime, label: "level 1", ...frugal });
  const notes = [];
  try {
    await toCanonicalForm(source2, worker, workDir);
    const given = request.samples && { store: request.samples };
    const observed = await observeNodes(worker, source2, workDir, given, seed);
    if ("failed" in observed) {
      notes.push(`The model could not be run on generated inputs (${firstLine(observed.failed)}); sizes are unknown.`);
    }
    const functions = source2.proto.functions.length;
    if (functions > 0) notes.push(`The model has ${functions} functions; weights inside of functions stay float.`);
    stage.advance(1, "sizes");
    const demoted = new Map(request.speed?.slow);
    let smallProducts = request.speed?.smallProducts ?? false;
    const keepsFloat = (site) => keepFloatInside(options["keep-float"], site);
    const rows3 = rowCounter("nodes" in observed ? observed : void 0);
    const cache = new WeightCache(weightElements(source2.graph));
    const planned = ({ integers: integers2 = true, small = smallProducts } = {}) => {
      const model = source2.clone();
      if (options.bits < 8) upgradeOpset(model, nibbleOpset);
      const decide = () => planWeights(findWeights(model, options["per-channel"]), {
        target,
        integers: integers2,
        smallProducts: small,
        rows: rows3,
        demoted,
        keepsFloat
      });
      let plan = decide();
      const changes = plan.some(({ sites }) => sites.some(({ form }) => form !== "float"));
      const needed2 = integerSites(plan).length > 0 ? integerOpset : changes ? storageOpset : 0;
      if (model.opset() < needed2) {
        upgradeOpset(model, needed2);
        plan = decide();
      }
      return { model, plan };
    };
    const build = (how) => {
      const { model, plan } = planned(how);
      applyPlan(model, plan, target, options.bits, cache);
      declareDomains(model);
      return { model, plan };
    };
    let built = build();
    stage.advance(1, "weights");
    const weights = built.plan.reduce((sum2, { group }) => sum2 + group.elements, 0);
    if (!request.speed && "nodes" in observed && weights < trialElements && target.name === hostTargetName()) {
      const trial = { worker, workDir, threads: request.threads ?? 0, feeds: observed.feeds };
      if (integerSites(planned({ small: true }).plan).length > integerSites(built.plan).length) {
        const bolder = build({ small: true });
        smallProducts = await isFaster(trial, bolder, built);
        if (smallProducts) built = bolder;
      }
      const slow = await slowerThanFloat({
        ...trial,
        ...built,
        storage: () => build({ integers: false }).model,
        expected: [...observed.nodes.values()].reduce((sum2, { microseconds }) => sum2 + microseconds, 0)
      });
      if (slow.size > 0) {
        for (const [label, why] of slow) demoted.set(label, why);
        built = build();
      }
    }
    stage.advance(1, "speed");
    const nodes = decisions(source2, built.plan);
    notes.push(...summaries(nodes, new Set(integerSites(built.plan).map(({ site }) => site.label))));
    const speed2 = { slow: demoted, smallProducts };
    return { model: built.model, nodes, speed: speed2, notes, seconds: (performance.now() - start) / 1e3 };
  } finally {
    await worker.close();
    stage.done();
  }
}
function rowCounter(observed) {
  return (label) => {
    const dims = observed?.nodes.get(label)?.inputs[0]?.dims;
    return dims && rowsOf(dims);
  };
}
function declareDomains(model) {
  for (const node of model.graph.allNodes()) {
    if (node.domain === "com.microsoft" && model.opset("com.microsoft") === void 0) {
      model.setOpset("com.microsoft", 1);
      return;
    }
  }
}
function decisions(source2, plan) {
  const byNode = /* @__PURE__ */ new Map();
  for (const { sites } of plan) {
    for (const { site, form, why } of sites) {
      const known = byNode.get(site.label);
      if (known?.quantized && form === "float") continue;
      byNode.set(site.label, { node: site.label, op: site.op, quantized: form !== "float", why });
    }
  }
  const nodes = [];
  for (const node of source2.graph.allNodes()) {
    const label = nodeLabel(node);
    const decision = byNode.get(label);
    if (decision) nodes.push(decision);
    else if (isWeighted(operatorOf(node)?.kind)) {
      nodes.push({ node: label, op: node.op, quantized: false, why: withoutWeight(node) });
    }
    byNode.delete(label);
  }
  return nodes;
}
function withoutWeight(node) {
  const quantized2 = node.inputs.some((value) => {
    const producer = value?.producer;
    return producer?.is("DequantizeLinear") && producer.input(0)?.initializer !== void 0;
  });
  return quantized2 ? "its weight is quantized already" : "no constant weight: its operands are activations";
}
function isWeighted(kind) {
  return kind === "weighted" || kind === "recurrent";
}
function summaries(nodes, integer) {
  const counts2 = /* @__PURE__ */ new Map();
  for (const { node, op, quantized: quantized2, why } of nodes) {
    const how = integer.has(node) ? `quantized to ${why}` : quantized2 ? general(why) : `left float: ${general(why)}`;
    const ops = counts2.get(how) ?? /* @__PURE__ */ new Map();
    counts2.set(how, ops.set(op, (ops.get(op) ?? 0) + 1));
  }
  return [...counts2].map(([how, ops]) => {
    const list = [...ops].map(([op, count2]) => `${count2} ${op}`).join(", ");
    return `${list}: ${how}.`;
  });
}
function general(why) {
  return why.replace(/ \([^)]*\d[^)]*\)/g, "").replace(/^a weight of .* values \[.*\]/, "a small weight");
}
function firstLine(text) {
  return text.split("\n", 1)[0];
}

// src/quantize/static/run.ts
import { mkdir as mkdir4 } from "node:fs/promises";
import { join as join18 } from "node:path";

// src/calibrate/calibrate.ts
import { join as join15 } from "node:path";

// src/calibrate/taps.ts
function addTaps(model, tensors, dims, detail = "histogram") {
  const tapped = model.clone();
  const { graph } = tapped;
  for (const value of graph.outputs) graph.removeOutput(value);
  const int64 = (name, ...values) => graph.addInitializer(name, { type: "int64", dims: [values.length], data: BigInt64Array.from(values, BigInt) });
  const show2 = (value) => {
    graph.addOutput(value);
    return value.name;
  };
  const flat = int64("tap_flat", -1);
  const start = int64("tap_start", 0);
  const end2 = int64("tap_end", 2 ** 40);
  const axis = int64("tap_axis", 0);
  const rows3 = /* @__PURE__ */ new Map();
  const rowOf = (value, name) => {
    const row2 = rows3.get(value) ?? graph.addNode({ op: "Reshape", name, inputs: [value, flat] }).output();
    rows3.set(value, row2);
    return row2;
  };
  const reduced = (op, value, name, axes) => {
    const listed2 = axes && tapped.opset() >= 18 ? [int64(`${name}_axes`, ...axes)] : [];
    const attributes = { keepdims: { int: 0 }, ...axes && listed2.length === 0 && { axes: { ints: axes } } };
    return show2(graph.addNode({ op, name, inputs: [value, ...listed2], attributes }).output());
  };
  const rowEnds = (value, name) => {
    const row2 = rowOf(value, name);
    return { min: reduced("ReduceMin", row2, name), max: reduced("ReduceMax", row2, name) };
  };
  const imageEnds = (value, name) => ({
    min: isNeverNegative(value) ? 0 : reduced("ReduceMin", value, name, [2, 3]),
    max: show2(graph.addNode({ op: "GlobalMaxPool", name, inputs: [value] }).output())
  });
  const taps = tensors.map((tensor) => {
    const value = graph.value(tensor);
    if (!value) throw new Error(`the model has no value '${tensor}'`);
    const count2 = elementsOfSample(dims(tensor));
    const step = count2 === void 0 ? 1 : samplingStep(count2);
    if (!count2 || step === 1 && detail === "histogram") {
      const shown = value.isGraphInput ? graph.addNode({ op: "Identity", name: `${tensor}_tap`, inputs: [value] }).output() : value;
      return { tensor, values: show2(shown) };
    }
    const name = `${tensor}_tap`;
    const ends = image(dims(tensor)) ? imageEnds(value, name) : rowEnds(value, name);
    if (detail === "range") return { tensor, ...ends };
    const every = int64(`${name}_step`, step);
    const sampled = graph.addNode({ op: "Slice", name, inputs: [rowOf(value, name), start, end2, axis, every] }).output();
    return { tensor, ...ends, values: show2(sampled) };
  });
  return { model: tapped, taps };
}
function elementsOfSample(dims) {
  let count2 = 1;
  for (const [axis, dim] of (dims ?? [void 0, void 0]).entries()) {
    if (typeof dim === "number") count2 *= dim;
    else if (axis > 0) return void 0;
  }
  return count2;
}
function image(dims) {
  return dims?.length === 4 && dims.slice(1).every((dim) => typeof dim === "number");
}
function isNeverNegative({ producer }) {
  if (producer?.is("Relu", "Sigmoid")) return true;
  return producer?.is("Clip") === true && Number(constantValue(producer.input(1))?.data[0] ?? -1) >= 0;
}

// src/calibrate/calibrate.ts
async function calibrate(request) {
  const found2 = await pass(request);
  if (request.detail !== "range") return found2;
  const infinite = [...found2].filter(([, { min: min2, max }]) => !Number.isFinite(min2) || !Number.isFinite(max));
  const tensors = infinite.map(([name]) => name);
  return new Map([...found2, ...await pass({ ...request, tensors, detail: "histogram" })]);
}
async function pass(request) {
  const { model, tensors, dims, store, workDir, worker, threads, detail, onProgress } = request;
  if (tensors.length === 0) return /* @__PURE__ */ new Map();
  const path = join15(workDir, "calibration.onnx");
  const tapped = addTaps(model, tensors, dims, detail);
  await saveScratch(tapped.model, path);
  const session = { model: path, provider: "cpu", threads };
  const result = await worker.call(
    calibrateJob,
    { session, store: storeReference(store), taps: tapped.taps },
    onProgress ? { onProgress } : {}
  );
  return new Map(Object.entries(result));
}

// src/onnx/passes/share-constants.ts
var leastBytes = 256;
function shareConstants(model) {
  const graphs = [...model.graph.allGraphs()].filter(isOfBranches);
  const constants = graphs.flatMap((graph) => graph.initializers.filter(({ initializer }) => isLarge(initializer)));
  let modified = false;
  for (const alike2 of Map.groupBy(constants, ({ initializer }) => formOf(initializer)).values()) {
    while (alike2.length > 1) {
      const first = alike2.pop();
      const bytes2 = Buffer.from(first.initializer.rawData);
      const same = [first, ...alike2.filter(({ initializer }) => bytes2.equals(initializer.rawData))];
      for (const value of same.slice(1)) alike2.splice(alike2.indexOf(value), 1);
      const inner = same.filter(({ graph }) => graph !== model.graph);
      if (inner.length === 0 || new Set(same.map(({ graph }) => graph)).size === 1) continue;
      const outer = same.find(({ graph }) => graph === model.graph) ?? model.graph.addInitializer(first.name, copyTensor(first.initializer));
      for (const value of inner) readInstead(value, outer);
      modified = true;
    }
  }
  return { model, modified };
}
function isOfBranches({ owner }) {
  return owner === void 0 || owner.is("If") && isOfBranches(owner.graph);
}
var isLarge = ({ rawData }) => rawData.length >= leastBytes;
var formOf = ({ dataType, dims, rawData }) => `${dataType} ${dims} ${rawData.length}`;
function readInstead(value, outer) {
  const { graph } = value;
  graph.replaceAll(value, outer);
  graph.removeInitializer(value);
}

// src/quantize/recover/input-moments.ts
import { setImmediate } from "node:timers/promises";

// src/ops/row.ts
function sharesScale({ operator, head }) {
  return operator?.kind === "pass-through" || operator?.keepsScale?.(head) === true;
}

// src/quantize/static/units.ts
var isConstant = (value) => value?.initializer !== void 0;
function unitsOf(graph, foldClamps) {
  const byNode = /* @__PURE__ */ new Map();
  const all = [];
  for (const head of graph.nodes) {
    if (byNode.has(head)) continue;
    const unit = makeUnit(head, foldClamps);
    for (const node of [head, unit.biasAdd, unit.clamp]) if (node) byNode.set(node, unit);
    all.push(unit);
  }
  return {
    all,
    of: (node) => byNode.get(node),
    producing: (value) => value.producer && byNode.get(value.producer),
    reading: (value) => value.uses.map(({ node, index }) => {
      const unit = byNode.get(node);
      return unit?.inputs.some((input) => input.index === index && unit.head === node) ? unit : void 0;
    })
  };
}
function makeUnit(head, foldClamps) {
  const operator = operatorOf(head);
  if (!operator) return { head, operator, inputs: [], outputs: head.outputs.filter((value) => value !== void 0) };
  const weightInput2 = operator.weight?.input;
  const weightValue = weightInput2 === void 0 ? void 0 : head.input(weightInput2);
  const weight = weightInput2 !== void 0 && isConstant(weightValue) ? { value: weightValue, input: weightInput2 } : void 0;
  const inputs = dataInputs(head, operator).flatMap((index) => {
    const value = head.input(index);
    return value && index !== weight?.input ? [{ index, value, constant: isConstant(value) }] : [];
  });
  let outputs = dataOutputs(head, operator).flatMap((index) => head.outputs[index] ?? []);
  let bias = operator.bias === void 0 ? void 0 : head.input(operator.bias);
  let biasAdd;
  if (head.is("MatMul") && weight) {
    const added = biasAddOf(head, weight.value);
    if (added) {
      ({ add: biasAdd, bias } = added);
      outputs = [biasAdd.output()];
    }
  }
  let clamp2;
  let clampRange;
  const requantizes = ["weighted", "elementwise", "activation", "pool", "concat", "select"].includes(operator.kind);
  if (foldClamps && requantizes && outputs.length === 1) {
    const found2 = clampOf(outputs[0]);
    if (found2) {
      ({ node: clamp2, range: clampRange } = found2);
      outputs = [clamp2.output()];
    }
  }
  return {
    head,
    operator,
    inputs,
    outputs,
    ...biasAdd && { biasAdd },
    ...clamp2 && { clamp: clamp2 },
    ...clampRange && { clampRange },
    ...weight && { weight },
    ...bias && { bias }
  };
}
function soleUse(value) {
  return value.uses.length === 1 && !value.isGraphOutput ? value.uses[0] : void 0;
}
function biasAddOf(matmul, weight) {
  const use = soleUse(matmul.output());
  if (!use?.node.is("Add") || use.node.graph !== matmul.graph) return void 0;
  const bias = use.node.input(1 - use.index);
  if (!isConstant(bias)) return void 0;
  const dims = bias.initializer.dims.map(Number);
  const columns = Number(weight.initializer.dims.at(-1));
  const isVector = dims.at(-1) === columns && dims.slice(0, -1).every((dim) => dim === 1);
  return isVector && dims.length <= weight.initializer.dims.length ? { add: use.node, bias } : void 0;
}
function clampOf(value) {
  const use = soleUse(value);
  if (use?.index !== 0 || use.node.graph !== value.graph) return void 0;
  const range = clampBounds(use.node);
  return range && range[0] <= 0 && range[1] >= 0 ? { node: use.node, range } : void 0;
}
function clampBounds(node) {
  if (node.is("Relu")) return [0, Infinity];
  if (!node.is("Clip")) return void 0;
  const bound = (index, fallback) => {
    const value = node.input(index);
    return value ? constantValue(value)?.data[0] : fallback;
  };
  const low = bound(1, -Infinity);
  const high = bound(2, Infinity);
  return typeof low === "number" && typeof high === "number" ? [low, high] : void 0;
}

// src/quantize/static/plan.ts
function integerLayers({ decisions: decisions2 }) {
  return [...decisions2.values()].flatMap(({ unit, mode }) => mode === "integer" && unit.weight ? [unit] : []);
}
function planStatic(graph, infos, options) {
  const { target } = options;
  const units = unitsOf(graph, target.activation.zeroPoint === void 0);
  const decisions2 = /* @__PURE__ */ new Map();
  for (const unit of units.all) {
    const why = keepFloatWhy(options.keepFloat ?? [], [unit.head, unit.biasAdd, unit.clamp]) ?? options.floatNodes?.get(unit.head.name) ?? options.slowNodes?.get(unit.head.name) ?? blockedWhy(unit, infos, options);
    decisions2.set(unit, why === void 0 ? { unit, mode: "integer" } : { unit, mode: "float", why });
  }
  if (target.placement === "groups") settleGroups(units, decisions2);
  else settleInputs(units, decisions2);
  if ((options.dynamicIslands ?? true) && target.provider === "cpu") chooseIslands(units, decisions2);
  const activations = quantizedValues(units, decisions2, target);
  return { target, units, decisions: decisions2, activations, floatNodes: options.floatNodes ?? /* @__PURE__ */ new Map() };
}
function blockedWhy(unit, infos, { target, integerAttention = true }) {
  const { head, operator } = unit;
  if (!operator) return `${head.domain ? `${head.domain}:` : ""}${head.op} is not in the operator table`;
  const kernel = operator.kernels[target.kernels];
  if (kernel === void 0) return operator.why ?? `no integer kernel for ${head.op} on ${target.name}`;
  const blocked = operator.blocked?.(head, target.kernels, (value) => infos.get(value?.name ?? "")?.dims);
  if (blocked !== void 0) return blocked;
  if (unit.outputs.length === 0) return "it has no output that is read";
  for (const value of [...unit.inputs.map((input) => input.value), ...unit.outputs]) {
    const type2 = infos.get(value.name)?.type ?? value.staticInfo.type;
    if (type2 !== "float32")
      return type2 === void 0 ? `the type of ${value.name} is not known` : `it works on ${type2}`;
  }
  if (operator.kind === "weighted") {
    if (unit.weight) {
      if (unit.weight.value.staticInfo.type !== "float32")
        return `its weight is ${unit.weight.value.staticInfo.type ?? "of another type"}`;
      const dims = unit.weight.value.initializer.dims.map(Number);
      if (dims.length < 2) return "its weight is a vector: nothing to win";
      if (target.minChannels > 0 && Math.min(dims[0], dims[1]) < target.minChannels && !depthwise(unit)) {
        return `fewer than ${target.minChannels} channels: FP32 is faster on ${target.name}`;
      }
      if (reachesLog(head)) return logarithmic;
    } else if (!head.is("MatMul")) return "its weight is computed at run time";
    else if (!integerAttention) return "a product of two activations: kept float";
    if (unit.bias && !unit.bias.initializer) return "its bias is computed at run time";
    if (head.is("Gemm") && unit.bias && unit.bias.initializer.dims.length > 1 && Number(unit.bias.initializer.dims[0]) > 1) {
      return "its bias differs by row";
    }
  } else if (unit.inputs.every((input) => input.constant)) return "all its inputs are constants";
  return void 0;
}
function depthwise({ head, weight }) {
  return Number(weight?.value.initializer?.dims[1]) === 1 && head.attrInt("group", 1) > 1;
}
var isAnchor = ({ operator, weight }) => operator?.kind === "weighted" && weight !== void 0;
function settleGroups(units, decisions2) {
  const integer = (unit) => unit !== void 0 && decisions2.get(unit)?.mode === "integer";
  const feedsInteger = (unit) => unit.outputs.some(
    (value) => units.reading(value).some((reader) => {
      if (!reader || !integer(reader)) return false;
      return reader.operator?.kind === "pass-through" ? feedsInteger(reader) : true;
    })
  );
  for (let changed = true; changed; ) {
    changed = false;
    for (const unit of units.all) {
      if (!integer(unit) || isAnchor(unit)) continue;
      const floatInput = unit.inputs.find((input) => !input.constant && !integer(units.producing(input.value)));
      let why;
      if (floatInput) {
        const producer = units.producing(floatInput.value);
        why = `its input ${floatInput.value.name} is float (${producer ? producer.head.op : "graph input"})`;
      } else if (unit.operator?.kind !== "pass-through" && !unit.operator?.floatOutput && !feedsInteger(unit)) {
        why = "what reads it is float";
      }
      if (why === void 0) continue;
      decisions2.set(unit, { unit, mode: "float", why });
      changed = true;
    }
  }
}
function settleInputs(units, decisions2) {
  for (const unit of units.all) {
    if (decisions2.get(unit)?.mode !== "integer" || isAnchor(unit)) continue;
    const why = whyNotOnInputs(unit, units);
    if (why !== void 0) decisions2.set(unit, { unit, mode: "float", why });
  }
}
function whyNotOnInputs(unit, units) {
  switch (unit.operator?.kind) {
    case "pass-through":
      return "moves data: the compiler moves Q and DQ through it";
    case "elementwise": {
      const fused2 = unit.inputs.filter(({ value }) => residualBranch(value, units));
      return fused2.length > 0 && unit.inputs.length === 2 && !unit.inputs.some((input) => input.constant) ? void 0 : "no weighted operator before it to be fused with";
    }
    case "concat":
      return "the compiler fuses it where its inputs share a scale";
    default:
      return void 0;
  }
}
function residualBranch(value, units) {
  const producer = units.producing(value);
  return producer !== void 0 && isAnchor(producer) && value.uses.length === 1 && !value.isGraphOutput;
}
function chooseIslands(units, decisions2) {
  const integer = (unit) => unit !== void 0 && decisions2.get(unit)?.mode === "integer";
  for (const unit of units.all) {
    if (!integer(unit) || !isAnchor(unit) || !unit.head.is("MatMul", "Gemm")) continue;
    if (unit.weight.value.initializer.dims.length !== 2) continue;
    const input = unit.inputs[0].value;
    const alone = !integer(units.producing(input)) && !units.reading(input).some((reader) => reader !== unit && integer(reader) && !isIsland(reader, units, decisions2)) && !units.reading(unit.outputs[0]).some(integer);
    if (alone) decisions2.set(unit, { unit, mode: "dynamic" });
  }
}
function isIsland(unit, units, decisions2) {
  return unit.head.is("MatMul", "Gemm") && isAnchor(unit) && !units.reading(unit.outputs[0]).some((reader) => reader && decisions2.get(reader)?.mode === "integer");
}
function quantizedValues(units, decisions2, target) {
  const parent = /* @__PURE__ */ new Map();
  const find = (value) => {
    let root = value;
    for (let next2 = parent.get(root); next2 && next2 !== root; next2 = parent.get(root)) root = next2;
    return root;
  };
  const groups2 = target.placement === "groups";
  for (const { unit, mode } of decisions2.values()) {
    if (mode !== "integer") continue;
    for (const { value } of quantizedInputs(unit, units, target)) if (!parent.has(value)) parent.set(value, value);
    if (!groups2) continue;
    for (const value of unit.outputs) {
      if (parent.has(value)) continue;
      if (needsOutputQ(unit, value, units, decisions2)) parent.set(value, value);
    }
  }
  for (const { unit, mode } of decisions2.values()) {
    if (mode !== "integer" || !sharesScale(unit) || !groups2) continue;
    for (const { value } of unit.inputs) {
      for (const output of unit.outputs) if (parent.has(output)) parent.set(find(output), find(value));
    }
  }
  for (const { unit, mode } of decisions2.values()) {
    if (unit.operator?.kind !== "concat") continue;
    const inputs = unit.inputs.map(({ value }) => value).filter((value) => parent.has(value));
    const alike2 = target.equalConcat ? inputs : mode === "integer" ? inputs.filter((value) => joinsFreely(value, unit, units)) : [];
    const root = target.equalConcat ? inputs[0] : unit.outputs[0];
    for (const value of alike2) parent.set(find(value), find(root));
  }
  return new Map([...parent.keys()].map((value) => [value, find(value)]));
}
function joinsFreely(value, concat, units) {
  const producer = units.producing(value);
  if (!producer || sharesScale(producer) || soleUse(value) === void 0) return false;
  const [low, high] = producer.clampRange ?? everything;
  return concat.inputs.every((input) => {
    const [least2, greatest] = boundsOf(input.value, units);
    return low <= least2 && greatest <= high;
  });
}
var everything = [-Infinity, Infinity];
function boundsOf(value, units) {
  const producer = units.producing(value);
  if (producer?.clampRange) return producer.clampRange;
  const kind = producer?.operator?.kind;
  if (kind !== "pass-through" && kind !== "pool" && kind !== "concat") return everything;
  const bounds = producer.inputs.map((input) => boundsOf(input.value, units));
  return [Math.min(...bounds.map(([low]) => low)), Math.max(...bounds.map(([, high]) => high))];
}
function quantizedInputs(unit, units, target) {
  if (target.placement === "groups" || unit.operator?.kind !== "elementwise") return unit.inputs;
  const fusing = unit.inputs.find(({ value }) => residualBranch(value, units));
  return unit.inputs.filter((input) => input !== fusing);
}
function needsOutputQ(unit, value, units, decisions2) {
  if (!unit.operator?.floatOutput || unit.clamp) return true;
  return units.reading(value).some((reader) => reader && decisions2.get(reader)?.mode === "integer");
}

// src/quantize/recover/tapped-run.ts
async function runTapped(run, model, how, tap) {
  const tapped = model.clone();
  const { graph } = tapped;
  for (const value of graph.outputs) graph.removeOutput(value);
  const wanted = tap(graph, tapped.opset());
  if (wanted.size === 0) return /* @__PURE__ */ new Map();
  for (const value of wanted.values()) graph.addOutput(value);
  removeDeadCode(tapped);
  const found2 = await run.opened(
    tapped,
    (session) => run.worker.call(meansJob, {
      session,
      store: storeReference(run.request.calibration),
      outputs: [...wanted.values()].map((value) => value.name),
      ...how
    })
  );
  return new Map([...wanted].map(([name, value]) => [name, found2[value.name]]));
}
function reduce(graph, op, value, axes, opset) {
  const name = `${value.name}_${op}`;
  const keepdims = { int: 0 };
  if (opset < 18) {
    return graph.addNode({ op, name, inputs: [value], attributes: { keepdims, axes: { ints: axes } } }).output();
  }
  const data = BigInt64Array.from(axes, BigInt);
  const listed2 = graph.addInitializer(`${value.name}_axes`, { type: "int64", dims: [axes.length], data });
  return graph.addNode({ op, name, inputs: [value, listed2], attributes: { keepdims } }).output();
}
function axesBut(channel, rank4) {
  return Array.from({ length: rank4 }, (_, i) => i).filter((i) => i !== channel);
}

// src/quantize/recover/input-moments.ts
var samples = 96;
var stacked = 2;
var positions = 256;
var blockSizes = [2048, 1024, 512, 256, 128, 64, 32];
var leastBlock = 4;
var mostWork = 5e9;
var mostNumbers = 5e6;
var inFlight = 2;
var made = 0;
async function inputMoments(run, recipe, onFound) {
  const found2 = /* @__PURE__ */ new Map();
  const layers = planLayers(run, recipe);
  if (layers.length === 0) return found2;
  const stage = run.request.progress.stage("rounding", layers.length, "layers");
  const parts3 = partsOf(layers).toReversed();
  let stack2 = run.effort < 1 ? 1 : stacked;
  const tapped = async (part) => runTapped(
    run,
    recipe.base,
    { samples: await run.apart(samples), stack: stack2 },
    (graph) => new Map(part.map((layer) => [layer.weight, addMoments(graph, layer, run)]))
  );
  const take = (part) => {
    const wasStacked = stack2 > 1;
    const taken = tapped(part).catch((error) => {
      if (!wasStacked || !isJobError(error)) throw error;
      stack2 = 1;
      return tapped(part);
    });
    taken.catch(() => {
    });
    return taken;
  };
  const waiting = parts3.slice(0, inFlight).map(take);
  for (const [index, part] of parts3.entries()) {
    const moments2 = await waiting.shift();
    for (const { unit, weight, outputs, inputs, outputsFirst, size } of part) {
      const sums = moments2.get(weight);
      if (!sums.every(Number.isFinite)) continue;
      const blocks = Array.from(
        { length: sums.length / size ** 2 },
        (_, b) => factorBlock(sums.subarray(b * size ** 2, (b + 1) * size ** 2), size)
      );
      const ofWeight = { id: made++, outputs, inputs, outputsFirst, blocks };
      found2.set(weight, ofWeight);
      onFound?.(unit, ofWeight);
      stage.advance();
      await setImmediate();
    }
    const next2 = parts3[index + inFlight];
    if (next2) waiting.push(take(next2));
  }
  stage.done();
  return found2;
}
function partsOf(layers) {
  const parts3 = [];
  let numbers3 = 0;
  for (const layer of layers) {
    numbers3 += numbersOf2(layer);
    if (parts3.length > 0 && numbers3 <= mostNumbers) parts3.at(-1).push(layer);
    else {
      parts3.push([layer]);
      numbers3 = numbersOf2(layer);
    }
  }
  return parts3;
}
var numbersOf2 = ({ groups: groups2, inputs, size }) => groups2 * inputs * size;
function planLayers(run, recipe) {
  const layers = integerLayers(run.plan(recipe)).flatMap((unit) => layerOf(unit) ?? []);
  const readers = /* @__PURE__ */ new Map();
  for (const { weight } of layers) readers.set(weight, (readers.get(weight) ?? 0) + 1);
  const own = layers.filter(({ weight }) => readers.get(weight) === 1 && !run.request.tied?.has(weight));
  for (const most4 of blockSizes) {
    const cut = own.map((layer) => ({ ...layer, size: blockSize(layer.inputs, most4) }));
    const work = cut.reduce(
      (sum2, { inputs, outputs, groups: groups2, size }) => sum2 + groups2 * inputs * size ** 2 / 6 + outputs * inputs * size / 2,
      0
    );
    if (work <= mostWork) return cut.filter(({ size }) => size >= leastBlock);
  }
  return [];
}
function blockSize(inputs, most4) {
  let blocks = Math.ceil(inputs / most4);
  while (inputs % blocks !== 0) blocks++;
  return inputs / blocks;
}
function layerOf(unit) {
  const { head } = unit;
  const { value } = unit.weight;
  const dims = value.initializer.dims.map(Number);
  const base = { unit, weight: value.name };
  if (head.is("Conv")) {
    const inputs2 = dims.slice(1).reduce((product2, dim) => product2 * dim, 1);
    return { ...base, outputs: dims[0], inputs: inputs2, groups: head.attrInt("group", 1), outputsFirst: true };
  }
  if (!head.is("Gemm", "MatMul") || dims.length !== 2) return void 0;
  const outputsFirst = head.is("Gemm") && head.attrInt("transB", 0) === 1;
  const [outputs, inputs] = outputsFirst ? [dims[0], dims[1]] : [dims[1], dims[0]];
  return { ...base, outputs, inputs, groups: 1, outputsFirst };
}
function addMoments(graph, layer, run) {
  const { unit, inputs, groups: groups2, size } = layer;
  const name = `${layer.weight}_moments`;
  const blocks = groups2 * inputs / size;
  const reshaped = (value, shape) => {
    const dims = { type: "int64", dims: [shape.length], data: BigInt64Array.from(shape, BigInt) };
    const target = graph.addInitializer(`${name}_shape`, dims);
    return graph.addNode({ op: "Reshape", name: `${name}_rows`, inputs: [value, target] }).output();
  };
  const transposed3 = (value, perm) => graph.addNode({ op: "Transpose", name: `${name}_transposed`, inputs: [value], attributes: { perm: { ints: perm } } }).output();
  const product2 = (a, b) => graph.addNode({ op: "MatMul", name: `${name}_product`, inputs: [a, b] }).output();
  const input = graph.value(unit.inputs[0].value.name);
  if (unit.head.is("Conv")) {
    const rows4 = reshaped(patches(graph, input, layer, run), [0, blocks, size, -1]);
    const single = run.infos.get(input.name)?.dims[0] === 1;
    const joined3 = reshaped(single ? rows4 : transposed3(rows4, [1, 2, 0, 3]), [blocks, size, -1]);
    return product2(joined3, transposed3(joined3, [0, 2, 1]));
  }
  const rows3 = reshaped(input, [-1, blocks, size]);
  return product2(transposed3(rows3, [1, 2, 0]), transposed3(rows3, [1, 0, 2]));
}
function patches(graph, input, { unit, weight, inputs, groups: groups2 }, run) {
  const { head } = unit;
  const [, perGroup = 1, ...kernel] = unit.weight.value.initializer.dims.map(Number);
  const channels = perGroup * groups2;
  const taps = inputs / perGroup;
  const data = new Float32Array(channels * taps * taps);
  for (let row2 = 0; row2 < channels * taps; row2++) data[row2 * taps + row2 % taps] = 1;
  const pick = graph.addInitializer(`${weight}_pick`, { type: "float32", dims: [channels * taps, 1, ...kernel], data });
  const spatial = run.infos.get(head.output().name)?.dims.slice(2) ?? [];
  const count2 = spatial.reduce((product2, dim) => product2 * (typeof dim === "number" ? dim : 64), 1);
  const padding = head.attrString("auto_pad", "NOTSET");
  const every = padding.startsWith("SAME") ? 1 : Math.max(1, Math.floor((count2 / positions) ** (1 / kernel.length)));
  const strides = head.attrInts(
    "strides",
    kernel.map(() => 1)
  ).map((stride) => Number(stride) * every);
  return graph.addNode({
    op: "Conv",
    name: `${weight}_patches`,
    inputs: [input, pick],
    attributes: {
      group: { int: channels },
      kernel_shape: { ints: kernel },
      strides: { ints: strides },
      dilations: {
        ints: head.attrInts(
          "dilations",
          kernel.map(() => 1)
        )
      },
      ...padding === "NOTSET" ? {
        pads: {
          ints: head.attrInts(
            "pads",
            kernel.flatMap(() => [0, 0])
          )
        }
      } : { auto_pad: padding }
    }
  }).output();
}

// src/quantize/static/branches.ts
import { writeFile } from "node:fs/promises";
import { join as join16 } from "node:path";
var branchNames = ["then_branch", "else_branch"];
var noSubgraphs = { branches: [], left: [] };
async function quantizeBranches(run, quantize2) {
  const branches = [];
  const left = [];
  const subgraphs = subgraphsOf(run.prepared);
  const tied = readTwice(subgraphs);
  for (const { node, branch, graph } of subgraphs) {
    const made2 = branch && await quantizeBranch(run, { node, branch, graph }, quantize2, branches.length, tied);
    if (typeof made2 === "object") branches.push(made2);
    else left.push(...leftAs(graph, made2 ?? uncalibrated(node)));
  }
  return { branches, left };
}
function readTwice(subgraphs) {
  const known = /* @__PURE__ */ new Set();
  const twice = /* @__PURE__ */ new Set();
  for (const { graph } of subgraphs) {
    for (const { name } of new Set(outerReads(graph).filter(({ initializer }) => initializer))) {
      if (known.has(name)) twice.add(name);
      known.add(name);
    }
  }
  return twice;
}
function chosenSubgraphs({ branches, left }, { floatNodes, slowNodes }) {
  const whyNot = ({ owner }) => floatNodes.get(owner) ?? slowNodes.get(owner);
  const others = branches.flatMap((branch) => {
    const why = whyNot(branch);
    return why === void 0 ? [] : branch.result.nodes.map((node) => ({ ...node, quantized: false, why }));
  });
  return { branches: branches.filter((branch) => whyNot(branch) === void 0), left: [...left, ...others] };
}
function previewBranches(prepared, infos) {
  const models = [];
  const left = [];
  for (const { node, branch, graph } of subgraphsOf(prepared)) {
    const made2 = branch ? standalone(prepared, infos, { node, branch, graph }) : uncalibrated(node);
    if (typeof made2 === "string") left.push(...leftAs(graph, made2));
    else models.push(made2.model);
  }
  return { models, left };
}
var uncalibrated = ({ name, op }) => `in the body of ${name} (${op}), whose steps are not calibrated`;
function subgraphsOf({ graph }) {
  return graph.nodes.flatMap((node) => {
    const names3 = node.is("If") ? branchNames : [void 0];
    return names3.flatMap((branch) => {
      const graphs = branch ? [node.subgraph(branch)] : node.subgraphs;
      return graphs.flatMap((inner) => inner && productsOf(inner).length > 0 ? [{ node, graph: inner, branch }] : []);
    });
  });
}
var productsOf = (graph) => [...graph.allNodes()].filter((node) => operatorOf(node)?.kind === "weighted");
var leftAs = (graph, why) => productsOf(graph).map(({ name, op }) => ({ node: name, op, quantized: false, why }));
async function quantizeBranch(run, subgraph, quantize2, index, tied) {
  const { node, branch, graph } = subgraph;
  const kept2 = keepFloatWhy(run.request.options["keep-float"], [node]);
  if (kept2) return kept2;
  const made2 = standalone(run.prepared, run.infos, subgraph);
  if (typeof made2 === "string") return made2;
  const { model, read: read2, constants } = made2;
  const calibration = await recordFeeds(run, node, branch, read2, join16(run.request.workDir, `branch-${index}.feeds`));
  const which = nameOf(subgraph);
  if (!calibration) {
    run.notes.push(`No calibration sample takes ${which}: of its weights, none meets an integer kernel.`);
    return `in ${which}, which no calibration sample takes`;
  }
  const workDir = join16(run.request.workDir, `branch-${index}`);
  const result = await quantize2({
    ...run.request,
    model,
    calibration,
    workDir,
    tied: /* @__PURE__ */ new Set([...tied, ...run.request.tied ?? []])
  });
  const { samples: samples5 } = calibration;
  run.notes.push(
    `Quantized as a model of its own: ${which}, on ${counted(samples5.length, "sample")}.`,
    ...result.notes
  );
  return {
    owner: node.name,
    branch,
    result,
    known: /* @__PURE__ */ new Set([...namesIn(graph), ...read2.map(({ name }) => name), ...constants.keys()]),
    constants
  };
}
var nameOf = ({ node, branch }) => `the ${branch === "then_branch" ? "then" : "else"} branch of ${node.name}`;
function embedBranches(model, branches) {
  if (branches.length === 0) return;
  const made2 = branches.map((branch) => ({ ...branch, model: branch.result.model.clone() }));
  const opset = Math.max(...made2.map((each) => each.model.opset()));
  for (const each of [model, ...made2.map((branch) => branch.model)]) upgradeOpset(each, opset);
  for (const { owner, branch, model: quantized2, known, constants } of made2) {
    const node = model.graph.nodes.find(({ name }) => name === owner);
    renameClashes(quantized2.graph, model.graph, known);
    const same = giveBackConstants(quantized2.graph, model.graph, constants);
    const { graph, opsetImport } = quantized2.proto;
    const proto = graph;
    proto.input = [];
    proto.initializer = proto.initializer.filter(({ name }) => !same.has(name));
    node.replaceSubgraph(branch, proto);
    for (const { domain, version: version2 } of opsetImport) {
      if (model.opset(domain) === void 0) model.setOpset(domain, Number(version2));
    }
    model.irVersion = Math.max(model.irVersion, quantized2.irVersion);
  }
  removeDeadCode(model);
}
function namesIn(graph) {
  const names3 = /* @__PURE__ */ new Set();
  for (const { nodes, values } of graph.allGraphs()) {
    for (const { name } of [...nodes, ...values]) names3.add(name);
  }
  return names3;
}
async function recordFeeds(run, node, branch, read2, path) {
  const tapped = run.prepared.clone();
  const { graph } = tapped;
  for (const value of graph.outputs) graph.removeOutput(value);
  const outputs = /* @__PURE__ */ new Map();
  const tap = (name) => {
    const value = graph.addNode({ op: "Identity", name: `${name}_read`, inputs: [graph.value(name)] }).output();
    graph.addOutput(value);
    return value.name;
  };
  const condition = tap(node.input(0).name);
  for (const { name } of read2) outputs.set(tap(name), name);
  removeDeadCode(tapped);
  await run.opened(
    tapped,
    (session) => run.worker.call(runStoreJob, {
      session,
      store: storeReference(run.request.calibration),
      batch: 1,
      to: path
    })
  );
  const index = readIndex(path);
  const all = storeOf(path, index);
  const wanted = branch === "then_branch" ? 1 : 0;
  const samples5 = index.samples.flatMap((sample, at2) => {
    if (Number(readSample(all, at2).inputs[condition].data[0]) !== wanted) return [];
    const inputs = [...outputs].map(([output, name]) => [name, sample.inputs[output]]);
    return [{ ...sample, inputs: Object.fromEntries(inputs) }];
  });
  if (samples5.length === 0) return void 0;
  const taken = { ...index, samples: samples5 };
  await writeFile(`${path}.json`, JSON.stringify(taken));
  return storeOf(path, taken);
}
function standalone(prepared, infos, subgraph) {
  const { node, branch, graph } = subgraph;
  const outer = [...new Set(outerReads(graph))];
  const constants = new Map(outer.flatMap((value) => value.initializer ? [[value.name, value.initializer]] : []));
  const read2 = outer.filter((value) => !value.initializer);
  const model = prepared.clone();
  const owner = model.graph.nodes.find(({ name }) => name === node.name);
  const { proto } = owner.subgraph(branch);
  proto.name ||= branch;
  for (const { name } of read2) {
    const { type: type2, dims } = infos.get(name) ?? {};
    if (type2 === void 0) return `in ${nameOf(subgraph)}, which reads ${name}, which is no tensor`;
    proto.input.push(create(ValueInfoProtoSchema, { name, type: makeTypeProto(type2, dims) }));
  }
  proto.initializer.push(...[...constants.values()].map(copyMessage));
  for (const [at2, info] of proto.output.entries()) {
    const known = infos.get(owner.outputs[at2]?.name ?? "");
    if (!info.type && known?.type) info.type = makeTypeProto(known.type);
  }
  const message = model.proto;
  message.graph = proto;
  return { model: new OnnxModel(message), read: read2, constants };
}
function renameClashes(graph, around, known) {
  const clashes = (name) => !known.has(name) && around.names.has(name);
  for (const each of graph.allGraphs()) {
    for (const value of each.values) {
      if (clashes(value.name)) each.rename(value, freshIn(value.name, graph, around));
    }
    for (const node of each.nodes) {
      if (node.name === "" || !clashes(node.name)) continue;
      node.proto.name = freshIn(node.name, graph, around);
      each.touch();
    }
  }
}
function freshIn(base, graph, around) {
  let name = around.names.fresh(base);
  while (graph.names.has(name)) name = around.names.fresh(base);
  return name;
}
function giveBackConstants(graph, around, constants) {
  const same = /* @__PURE__ */ new Set();
  for (const value of graph.initializers) {
    const before = constants.get(value.name);
    if (!before) continue;
    if (sharedBytes(value.initializer) === sharedBytes(before) && around.value(value.name)) same.add(value.name);
    else graph.rename(value, freshIn(value.name, graph, around));
  }
  return same;
}

// src/quantize/static/complete.ts
function planRemaining(model, { plan, rows: rows3, smallProducts, target, options }) {
  return planWeights(findWeights(model, options["per-channel"]), {
    target,
    integers: true,
    smallProducts,
    rows: (label) => rows3.get(label),
    demoted: /* @__PURE__ */ new Map(),
    keepsFloat: (site) => keepFloatInside(options["keep-float"], site) ?? plan.floatNodes.get(outermost(site.node).name)
  });
}
function storeRemaining(model, remaining, cache) {
  const groups2 = planRemaining(model, remaining);
  applyPlan(model, groups2, remaining.target, remaining.options.bits, cache);
  for (const node of model.graph.allNodes()) {
    if (node.domain !== "com.microsoft" || model.opset("com.microsoft") !== void 0) continue;
    model.setOpset("com.microsoft", 1);
  }
  return groups2;
}

// src/quantize/static/describe.ts
import { join as join17 } from "node:path";
async function describeValues(model, { workDir, threads = 0 }, worker) {
  const everything2 = model.clone();
  const { graph } = everything2;
  for (const node of graph.nodes) {
    for (const value of node.outputs) if (value && !value.isGraphOutput) graph.addOutput(value);
  }
  const path = join17(workDir, "describe.onnx");
  await saveScratch(everything2, path);
  const session = { model: path, provider: "cpu", threads, optimization: "disabled" };
  const outputs = await worker.call(describeJob, { session });
  return new Map(
    [...outputs, ...model.graph.infos("inputs")].map(({ name, type: type2, dims }) => [name, { type: type2, dims }])
  );
}

// src/quantize/static/qdq.ts
var longestName = 40;
function nameAfter(name, suffix) {
  return `${name.slice(-longestName)}_${suffix}`;
}
function addParameters(graph, name, scales, dims, zeroPoint, grid) {
  return {
    scale: graph.addInitializer(nameAfter(name, "scale"), { type: "float32", dims, data: scales }),
    zeroPoint: addZeroPoint(graph, name, dims, zeroPoint, grid)
  };
}
function addTensorParameters(graph, name, { scale, zeroPoint }, grid) {
  return addParameters(graph, name, Float32Array.of(scale), [], zeroPoint, grid);
}
function addZeroPoint(graph, name, dims, zeroPoint, { type: type2 }) {
  return addIntegers(graph, nameAfter(name, "zero_point"), dims, new Array(dims[0] ?? 1).fill(zeroPoint), type2);
}
function addIntegers(graph, name, dims, levels, type2) {
  const stored2 = type2 === "uint8" ? "uint8" : "int8";
  const data = stored2 === "uint8" ? Uint8Array.from(levels) : Int8Array.from(levels);
  return graph.addInitializer(name, { type: stored2, dims, data });
}
function addQuantize(graph, name, value, { scale, zeroPoint }) {
  return graph.addNode({
    op: "QuantizeLinear",
    name: nameAfter(name, "QuantizeLinear"),
    inputs: [value, scale, zeroPoint],
    outputs: [nameAfter(name, "quantized")]
  });
}
function addDequantize(graph, name, integers2, { scale, zeroPoint }, axis) {
  const node = graph.addNode({
    op: "DequantizeLinear",
    name: nameAfter(name, "DequantizeLinear"),
    inputs: zeroPoint ? [integers2, scale, zeroPoint] : [integers2, scale],
    outputs: [nameAfter(name, "dequantized")],
    attributes: axis === void 0 ? {} : { axis: { int: axis } }
  });
  return node.output();
}
function addPair(graph, value, parameters) {
  const q = addQuantize(graph, value.name, value, parameters);
  return addDequantize(graph, value.name, q.output(), parameters);
}

// src/quantize/static/float-weights.ts
function keepFloatWeights(graph, { decisions: decisions2 }) {
  for (const { unit, mode } of decisions2.values()) {
    const { head, weight } = unit;
    const dims = weight?.value.initializer?.dims.map(Number);
    const dequantize = head.input(0)?.producer;
    if (mode !== "float" || !dims || !dequantize?.is("DequantizeLinear") || !reachesQuantize(head.output())) continue;
    const channels = channelsOf2(head, dims);
    const [integers2, scale, zeroPoint] = dequantize.inputs;
    if (channels === void 0 || !integers2 || !scale?.initializer || !zeroPoint?.initializer) continue;
    const perChannel2 = {
      scale: repeated(graph, scale, channels),
      zeroPoint: repeated(graph, zeroPoint, channels)
    };
    head.setInput(0, addDequantize(graph, `${head.name}_input`, integers2, perChannel2, 1));
  }
}
function channelsOf2(head, [first = 0, second = 0]) {
  if (head.is("Conv")) return second * head.attrInt("group", 1);
  if (head.is("ConvTranspose")) return first;
  if (!head.is("Gemm") || head.attrInt("transA", 0) !== 0) return void 0;
  return head.attrInt("transB", 0) === 0 ? first : second;
}
function reachesQuantize(value) {
  const reader = soleUse(value)?.node;
  if (!reader) return false;
  return reader.is("QuantizeLinear") || reader.is("Relu", "Clip") && reachesQuantize(reader.output());
}
function repeated(graph, { name, initializer }, count2) {
  const { type: type2, data } = readTensor(initializer);
  const numbers3 = Array(count2).fill(Number(data[0]));
  const ofType = type2 === "float32" ? Float32Array : type2 === "uint8" ? Uint8Array : Int8Array;
  return graph.addInitializer(nameAfter(name, "per_channel"), { type: type2, dims: [count2], data: ofType.from(numbers3) });
}

// src/quantize/static/weight-rounding.ts
function roundingOf({ head, operator, weight }, target, choices) {
  const { perChannel: perChannel2, bits, weightRange, rounding, moments: moments2, wideWeights, tied } = choices;
  const { value } = weight;
  const dims = value.initializer.dims.map(Number);
  const wide = bits === 8 && wideWeights?.has(head.name) ? target.wideWeight : void 0;
  const stored2 = {
    axis: perChannel2 ? operator.weight.axis(head, dims.length) : void 0,
    grid: wide ?? weightGrid(target, bits, isDepthwise(head, dims))
  };
  if (tied?.has(value.name)) return { ...stored2, range: firstRange(bits), rounding: "nearest" };
  return {
    ...stored2,
    range: weightRange,
    rounding,
    moments: moments2?.get(value.name)
  };
}
var firstRange = (bits) => bits === 8 ? "max" : "mse";
function rounded2(proto, how, cache) {
  return cache.remember(proto, JSON.stringify({ ...how, moments: how.moments?.id }), () => {
    const { data, dims } = readTensor(proto);
    return quantizeWeights(data, dims, how);
  });
}
function isDepthwise(head, dims) {
  return head.is("Conv") && dims[1] === 1 && dims[0] === head.attrInt("group", 1) && dims[0] > 1;
}

// src/quantize/static/hard-gates.ts
function lineOf(node) {
  if (node.is("HardSwish")) return { slope: 1 / 6, offset: 0.5 };
  if (!node.is("HardSigmoid")) return void 0;
  return { slope: node.attrFloat("alpha", 0.2), offset: node.attrFloat("beta", 0.5) };
}
function writeHardGate(node, { graph, x, target: { activation: grid } }) {
  const { slope, offset } = lineOf(node);
  const name = node.name;
  const slopeScale = Float32Array.of(x.parameters.scale * slope);
  const scaled2 = graph.addInitializer(nameAfter(name, "slope_scale"), { type: "float32", dims: [], data: slopeScale });
  const store = (part, range) => {
    const parameters = parametersFor(range, grid);
    return { ...parameters, written: addTensorParameters(graph, `${name}_${part}`, parameters, grid) };
  };
  const line = store("offset", [0, offset]);
  const level = Math.round(offset / line.scale) + line.zeroPoint;
  const constant = addIntegers(graph, nameAfter(name, "offset_quantized"), [], [level], grid.type);
  const terms = [
    addDequantize(graph, `${name}_slope`, x.dq.producer.input(0), { scale: scaled2, zeroPoint: x.zeroPoint }),
    addDequantize(graph, `${name}_offset`, constant, line.written)
  ];
  if (node.is("HardSigmoid")) {
    for (const attribute of ["alpha", "beta"]) node.setAttr(attribute, void 0);
    node.op = "Add";
    node.setInputs(terms);
    return "floats";
  }
  const gate = store("gate", [0, 1]);
  const sum2 = graph.addNode({ op: "Add", name: `${name}_line`, inputs: terms }).output();
  const q = addQuantize(graph, `${name}_gate`, sum2, gate.written);
  node.op = "Mul";
  node.setInputs([x.dq, addDequantize(graph, `${name}_gate`, q.output(), gate.written)]);
  return "floats";
}

// src/quantize/static/prelu.ts
function preluToLeakyRelu(model) {
  let modified = false;
  for (const node of model.graph.nodes) {
    const slopes = node.is("PRelu") ? constantValue(node.input(1))?.data : void 0;
    if (!(slopes instanceof Float32Array) || slopes.length === 0 || slopes.some((slope) => slope !== slopes[0]))
      continue;
    node.op = "LeakyRelu";
    node.setInput(1, void 0);
    node.setAttr("alpha", { float: slopes[0] });
    modified = true;
  }
  return { model, modified };
}
var greatestLevel = 64;
function writePrelu(prelu, { graph, x, y: { parameters: y }, rank: rank4, target }) {
  const { activation, depthwiseWeight: grid = target.weight } = target;
  const slopes = constantValue(prelu.input(1)).data;
  const sloped = (of, by) => timesEach(graph, `${prelu.name}_slopes`, of, by, { rank: rank4, grid });
  if (sharesScale({ operator: operatorOf(prelu), head: prelu })) {
    prelu.op = "Max";
    prelu.setInputs([x.q, addQuantize(graph, `${prelu.name}_sloped`, sloped(x.dq, slopes), x).output()]);
    return "integers";
  }
  const name = `${prelu.name}_below`;
  const below2 = graph.addNode({ op: "Min", name, inputs: [x.q, x.zeroPoint] }).output();
  const less = slopes.map((slope) => slope - 1);
  const [[least2], [lowest, highest]] = [rangeOf(x.parameters, activation), rangeOf(y, activation)];
  const ends = [0, ...less.map((slope) => slope * least2)];
  const range = [Math.max(Math.min(...ends), lowest), Math.min(Math.max(...ends), highest - least2)];
  const parameters = parametersFor(range, activation);
  const product2 = sloped(addDequantize(graph, name, below2, x), less);
  prelu.op = "Add";
  prelu.setInputs([x.dq, addPair(graph, product2, addTensorParameters(graph, product2.name, parameters, activation))]);
  return "floats";
}
function rangeOf({ scale, zeroPoint }, { qmin, qmax }) {
  return [(qmin - zeroPoint) * scale, (qmax - zeroPoint) * scale];
}
function timesEach(graph, name, value, factors, { rank: rank4, grid }) {
  const zeroPoint = grid.zeroPoint ?? 0;
  const level = Math.min(greatestLevel, grid.qmax - zeroPoint);
  const levels = Array.from(factors, (factor2) => zeroPoint + Math.sign(factor2) * level);
  const dims = [factors.length, 1, ...Array(rank4 - 2).fill(1)];
  const stored2 = addIntegers(graph, nameAfter(name, "quantized"), dims, levels, grid.type);
  const scales = factors.map((factor2) => Math.abs(factor2 || 1) / level);
  const parameters = addParameters(graph, name, scales, [factors.length], zeroPoint, grid);
  const weight = addDequantize(graph, name, stored2, parameters, 0);
  const attributes = { group: { int: factors.length } };
  return graph.addNode({ op: "Conv", name, inputs: [value, weight], attributes }).output();
}

// src/quantize/static/writers.ts
var writers = {
  HardSigmoid: writeHardGate,
  HardSwish: writeHardGate,
  Pad: writePad,
  PRelu: writePrelu
};
function writerOf(node) {
  return node.is(...Object.keys(writers)) ? writers[node.op] : void 0;
}
function writePad(pad, { x, y }) {
  pad.setInput(0, x.q);
  pad.setInput(2, y.zeroPoint);
  return "integers";
}

// src/quantize/static/emit.ts
function emitStatic(model, plan, options) {
  const raw = new Emitter(model.graph, plan, options).run();
  removeDeadCode(model);
  return raw;
}
var Emitter = class {
  #graph;
  #plan;
  #options;
  #quantized = /* @__PURE__ */ new Map();
  #shared = /* @__PURE__ */ new Map();
  #weights = /* @__PURE__ */ new Map();
  #cache = new WeightCache(0);
  #raw = /* @__PURE__ */ new Map();
  #reshaped = /* @__PURE__ */ new Map();
  /** Where a unit's computing node became another one. */
  #heads = /* @__PURE__ */ new Map();
  constructor(graph, plan, options) {
    this.#graph = graph;
    this.#plan = plan;
    this.#options = options;
  }
  run() {
    const { decisions: decisions2, units, target } = this.#plan;
    const integer = [...decisions2.values()].filter(({ mode }) => mode === "integer").map(({ unit }) => unit);
    const reads = integer.map((unit) => ({ unit, inputs: quantizedInputs(unit, units, target) }));
    const writes = /* @__PURE__ */ new Map();
    if (target.placement === "groups") {
      for (const unit of integer) {
        for (const value of unit.outputs) if (needsOutputQ(unit, value, units, decisions2)) writes.set(value, unit);
      }
    }
    for (const [value, root] of this.#plan.activations) {
      if (value.initializer) continue;
      this.#quantize(value, root, writes.get(value));
    }
    for (const { unit, inputs } of reads) {
      for (const { index, value, constant } of inputs) {
        unit.head.setInput(index, constant ? this.#constant(unit, value) : this.#quantized.get(value).dq);
      }
    }
    for (const [value, unit] of writes) this.#write(unit, value);
    for (const { unit } of reads) this.#joinBias(unit);
    for (const { unit } of reads) if (unit.weight) this.#weighted(unit);
    if (target.provider === "cpu") keepFloatWeights(this.#graph, this.#plan);
    return this.#raw;
  }
  /** Puts Q and DQ on a value. Where integers are computed, everybody reads them from here on. */
  #quantize(value, root, producer) {
    const graph = this.#graph;
    const { parameters, ...written2 } = this.#scale(root);
    const raw = producer?.clamp ? producer.clamp.input(0) : value;
    const name = value.name;
    const q = addQuantize(graph, name, void 0, written2);
    const dq = addDequantize(graph, name, q.output(), written2);
    if (producer) {
      graph.replaceAll(value, dq);
      q.setInput(0, raw);
      if (producer.clamp) graph.removeNode(producer.clamp);
    } else q.setInput(0, value);
    this.#quantized.set(value, { q: q.output(), dq, ...written2, parameters });
  }
  /**
   * Where less is quantized than when the ranges were chosen, a value may have become a root of its own: it has the scale of the
   * value that it is moved from, or of the concatenation that it was computed for.
   */
  #parametersOf(root) {
    const { parameters } = this.#options;
    const { units } = this.#plan;
    const upwards = (value) => {
      const producer = units.producing(value);
      const source2 = producer && sharesScale(producer) ? producer.inputs[0]?.value : void 0;
      return parameters.get(value.name) ?? (source2 && upwards(source2)) ?? downwards(value);
    };
    const downwards = (value) => {
      const joined3 = units.reading(value).find((unit) => unit?.operator?.kind === "concat")?.outputs[0];
      return joined3 && (parameters.get(joined3.name) ?? downwards(joined3));
    };
    const found2 = upwards(root);
    if (!found2) throw new Error(`no scale for '${root.name}'`);
    return found2;
  }
  /** Once for all that share a scale: an output has another name afterwards. */
  #scale(root) {
    let shared = this.#shared.get(root);
    if (!shared) {
      const parameters = this.#parametersOf(root);
      const written2 = addTensorParameters(this.#graph, root.name, parameters, this.#plan.target.activation);
      shared = { ...written2, parameters };
      this.#shared.set(root, shared);
    }
    return shared;
  }
  /** A constant operand of an elementwise operator, on the activations' grid with its own scale. */
  #constant(unit, value) {
    const known = this.#quantized.get(value);
    if (known) return known.dq;
    const grid = this.#plan.target.activation;
    const { data, dims } = readTensor(value.initializer);
    const floats2 = data;
    let [min2, max] = [0, 0];
    for (const x of floats2) {
      if (!Number.isFinite(x)) throw new Error(`constant '${value.name}' of ${unit.head.name} is not finite`);
      min2 = Math.min(min2, x);
      max = Math.max(max, x);
    }
    const parameters = parametersFor([min2, max], grid);
    const quantized2 = quantizeWeights(floats2, dims, {
      axis: void 0,
      grid: { ...grid, zeroPoint: parameters.zeroPoint },
      scales: Float32Array.of(parameters.scale)
    });
    const dq = this.#dequantize(value.name, quantized2);
    this.#quantized.set(value, { ...dq, parameters });
    return dq.dq;
  }
  /** The integers of a constant with the DequantizeLinear that reads them. */
  #dequantize(name, { values, dims, axis, scales, zeroPoint, grid }) {
    const graph = this.#graph;
    const four = grid.qmin >= -8 && grid.qmax <= 7 && values instanceof Int8Array;
    let q;
    if (four) {
      const packed = rawTensorProto(TensorProto_DataType.INT4, dims, packNibbles(values));
      const stored2 = graph.addInitializer(nameAfter(name, "int4"), packed);
      q = graph.addNode({
        op: "Cast",
        name: nameAfter(name, "Cast"),
        inputs: [stored2],
        outputs: [nameAfter(name, "quantized")],
        attributes: { to: TensorProto_DataType.INT8 }
      }).output();
    } else {
      const type2 = values instanceof Uint8Array ? "uint8" : "int8";
      q = graph.addInitializer(nameAfter(name, "quantized"), { type: type2, dims, data: values });
    }
    const perAxis = axis !== void 0;
    const parameters = addParameters(graph, name, scales, perAxis ? [scales.length] : [], zeroPoint, grid);
    const dq = addDequantize(graph, name, q, parameters, axis);
    return { q, dq, ...parameters };
  }
  #weighted(unit) {
    const head = this.#heads.get(unit) ?? unit.head;
    const { target } = this.#plan;
    const weight = unit.weight.value;
    const input = unit.inputs[0].value;
    const activation = this.#quantized.get(input)?.parameters;
    const biasInput = operatorOf(head)?.bias;
    const bias = biasInput === void 0 ? void 0 : head.input(biasInput);
    const biasData = bias && readTensor(bias.initializer).data;
    const integerBias = target.quantizeBias && biasData !== void 0 && activation !== void 0;
    const floor = integerBias ? biasFloor(biasData, activation.scale) : void 0;
    this.#noteRaw(unit, head);
    const { dq, quantized: quantized2 } = this.#weight(unit, weight, floor);
    head.setInput(unit.weight.input, dq);
    if (!integerBias) return;
    const { values, scales } = quantizeBias(biasData, activation.scale, quantized2.scales);
    const graph = this.#graph;
    const name = bias.name;
    const stored2 = graph.addInitializer(nameAfter(name, "quantized"), {
      type: "int32",
      dims: [values.length],
      data: values
    });
    const scale = graph.addInitializer(nameAfter(name, "scale"), {
      type: "float32",
      dims: [values.length],
      data: scales
    });
    const dequantized = addDequantize(graph, name, stored2, { scale }, 0);
    head.setInput(biasInput, dequantized);
  }
  #noteRaw(unit, head) {
    const name = unit.head.name;
    if (head.is("Conv")) {
      this.#raw.set(name, { value: head.output().name, rank: unit.weight.value.initializer.dims.length, axis: 1 });
    } else if (head.is("Gemm")) this.#raw.set(name, { value: head.output().name, rank: 2, axis: 1 });
    else if (unit.biasAdd) {
      const value = unit.biasAdd.output().name;
      const rank4 = this.#options.infos.get(value)?.dims.length;
      if (rank4) this.#raw.set(name, { value, rank: rank4, axis: rank4 - 1 });
    }
  }
  #weight(unit, value, floor) {
    const { weightScales, cache = this.#cache } = this.#options;
    const dims = value.initializer.dims.map(Number);
    const how = roundingOf(unit, this.#plan.target, this.#options);
    const { axis, grid } = how;
    const scales = weightScales?.get(value.name);
    const make = (leastScales) => {
      if (!scales) {
        const plain2 = rounded2(value.initializer, how, cache);
        if (!leastScales?.some((x, c) => x > plain2.scales[c])) return plain2;
      }
      return quantizeWeights(readTensor(value.initializer).data, dims, {
        ...how,
        ...scales && { scales },
        ...leastScales && { leastScales }
      });
    };
    const key2 = JSON.stringify([value.name, axis, grid]);
    const known = this.#weights.get(key2);
    const least2 = floor && axis === void 0 ? Float64Array.of(floor.reduce((a, b) => Math.max(a, b), 0)) : floor;
    if (known && !least2?.some((x, c) => x > known.quantized.scales[c])) return known;
    const quantized2 = make(least2);
    const made2 = { dq: this.#dequantize(value.name, quantized2).dq, quantized: quantized2 };
    if (!known) this.#weights.set(key2, made2);
    return made2;
  }
  /** What is left to do for an operator that has no integer kernel of its own. */
  #write(unit, output) {
    const write = writerOf(unit.head);
    if (!write) return;
    const { value } = unit.inputs[0];
    const [x, y] = [this.#quantized.get(value), this.#quantized.get(output)];
    const rank4 = this.#options.infos.get(value.name)?.dims.length ?? 0;
    const writes = write(unit.head, { graph: this.#graph, target: this.#plan.target, x, y, rank: rank4 });
    if (writes === "integers") this.#writesIntegers(unit, y);
  }
  /** What a unit writes are integers already: nothing is left to round. */
  #writesIntegers({ head }, out) {
    const q = out.q.producer;
    const raw = head.output();
    raw.info = void 0;
    this.#graph.replaceUses(q.output(), raw);
    this.#graph.removeNode(q);
  }
  /**
   * MatMul and the Add of its bias become one Gemm, so that the bias is summed in int32 (QGemm); inputs of more than two
   * dimensions are reshaped around it. Where two of the leading dimensions are unknown the pair stays as it is.
   */
  #joinBias(unit) {
    const { head, biasAdd, bias } = unit;
    const input = unit.inputs[0].value;
    const dims = this.#options.infos.get(input.name)?.dims;
    if (!biasAdd || !bias || !this.#plan.target.quantizeBias || !dims || dims.length < 2) return;
    const leading = dims.slice(0, -1);
    if (leading.filter((dim) => typeof dim !== "number").length > 1) return;
    const graph = this.#graph;
    const [size, columns] = unit.weight.value.initializer.dims.map(Number);
    const vector = graph.addInitializer(bias.name, {
      type: "float32",
      dims: [columns],
      data: readTensor(bias.initializer).data
    });
    const activation = this.#quantized.get(input);
    if (leading.length === 1) {
      biasAdd.op = "Gemm";
      biasAdd.setInputs([activation.dq, unit.weight.value, vector]);
      graph.removeNode(head);
      this.#heads.set(unit, biasAdd);
      return;
    }
    const rows3 = this.#reshape(input, activation, [-1, size]);
    head.op = "Gemm";
    head.setInputs([rows3, unit.weight.value, vector]);
    const output = this.#quantized.get(unit.outputs[0]);
    const product2 = head.output();
    product2.info = void 0;
    graph.rename(product2, graph.freshName(`${biasAdd.output().name}_rows`));
    const quantized2 = output ? addPair(graph, product2, output) : product2;
    const shape = BigInt64Array.from([...leading.map((dim) => typeof dim === "number" ? dim : -1), columns], BigInt);
    biasAdd.op = "Reshape";
    biasAdd.setInputs([
      quantized2,
      graph.addInitializer(`${head.name}_shape`, { type: "int64", dims: [shape.length], data: shape })
    ]);
  }
  /** A quantized activation with its leading dimensions joined, once for all that read it. */
  #reshape(value, activation, shape) {
    const known = this.#reshaped.get(value);
    if (known) return known;
    const graph = this.#graph;
    const target = graph.addInitializer(`${value.name}_rows_shape`, {
      type: "int64",
      dims: [shape.length],
      data: BigInt64Array.from(shape, BigInt)
    });
    const reshaped = graph.addNode({ op: "Reshape", name: `${value.name}_rows`, inputs: [activation.dq, target] }).output();
    const made2 = addPair(graph, reshaped, activation);
    this.#reshaped.set(value, made2);
    return made2;
  }
};

// src/quantize/static/output-parts.ts
function outputParts(graph, infos) {
  return graph.outputs.flatMap((value) => {
    const layout = layoutOf2(value, infos);
    if (typeof layout === "string") return [{ output: value.name, kind: layout }];
    let from = 0;
    return layout.runs.map(({ kind, size }) => {
      const places = { axis: layout.axis, from, to: from + size };
      from += size;
      return { output: value.name, kind, places };
    });
  });
}
function layoutOf2(value, infos) {
  const { producer } = value;
  if (!producer) return "plain";
  if (producer.is("Cast")) return layoutOf2(producer.input(0), infos);
  if (producer.is("Sigmoid")) return "sigmoid";
  if (producer.is("Softmax") || producer.is("Div") && producer.input(0)?.producer?.is("Exp")) return "softmax";
  if (producer.is("Concat")) {
    const rank4 = infos.get(value.name)?.dims?.length;
    const axis2 = producer.attrInt("axis", 0);
    const inputs = producer.inputs.filter((input) => input !== void 0);
    return axis2 < 0 && rank4 === void 0 ? "plain" : joined(inputs, axis2 < 0 ? axis2 + rank4 : axis2, infos);
  }
  if (operatorOf(producer)?.kind !== "pass-through") return "plain";
  const inner = layoutOf2(producer.input(0), infos);
  if (typeof inner === "string") return inner;
  const axis = movedAxis(value, inner.axis, infos);
  return axis === void 0 ? "plain" : { ...inner, axis };
}
function joined(inputs, axis, infos) {
  const layouts = inputs.map((input) => layoutOf2(input, infos));
  const [first] = layouts;
  if (layouts.every((each) => JSON.stringify(each) === JSON.stringify(first))) {
    if (typeof first === "string" || first.axis !== axis) return first;
  }
  const runs = [];
  for (const [index, layout] of layouts.entries()) {
    const size = infos.get(inputs[index].name)?.dims?.[axis];
    const whole = typeof layout === "string" && typeof size === "number" ? [{ kind: layout, size }] : void 0;
    const own = typeof layout !== "string" && layout.axis === axis ? layout.runs : whole;
    if (!own) return "plain";
    for (const { kind, size: size2 } of own) {
      const last = runs.at(-1);
      if (last?.kind === kind) last.size += size2;
      else runs.push({ kind, size: size2 });
    }
  }
  return { axis, runs };
}
function movedAxis(output, axis, infos) {
  const node = output.producer;
  if (node.is("Identity")) return axis;
  const input = infos.get(node.input(0).name)?.dims;
  if (node.is("Transpose")) {
    const order = node.attrInts("perm") ?? input?.map((_, index) => input.length - 1 - index);
    return order?.indexOf(axis);
  }
  const dims = infos.get(output.name)?.dims;
  const keepsLast = node.is("Reshape") && axis === (input?.length ?? 0) - 1 && dims?.at(-1) === input?.at(-1);
  return keepsLast ? dims.length - 1 : void 0;
}

// src/onnx/weight-layout.ts
function weightLayout(node, dims) {
  const [first = 0, second = 0] = dims;
  const kernel = sizeOf(dims.slice(2));
  const row2 = (index) => Math.floor(index / (second * kernel));
  const column = (index) => Math.floor(index / kernel) % second;
  const groups2 = node.attrInt("group", 1);
  const grouped = (index) => Math.floor(row2(index) / (first / groups2)) * second + column(index);
  if (node.is("Conv")) {
    return { outputs: first, inputs: second * groups2, groups: groups2, outputOf: row2, inputOf: grouped };
  }
  if (node.is("ConvTranspose")) {
    return { outputs: second * groups2, inputs: first, groups: groups2, outputOf: grouped, inputOf: row2 };
  }
  if (!node.is("Gemm")) return void 0;
  return node.attrInt("transB", 0) !== 0 ? { outputs: first, inputs: second, groups: 1, outputOf: row2, inputOf: column } : { outputs: second, inputs: first, groups: 1, outputOf: column, inputOf: row2 };
}

// src/onnx/passes/linear.ts
function floatConstant(value) {
  const tensor = constantValue(value);
  if (tensor?.type !== "float32" && tensor?.type !== "float64") return void 0;
  return tensor;
}
function outputRank({ node, weight }) {
  if (node.is("Conv", "ConvTranspose", "Gemm")) return weight.dims.length;
  return (node.output().staticInfo.dims ?? node.input(0)?.staticInfo.dims)?.length;
}
function linearProducer(value) {
  const node = value.producer;
  if (!node) return void 0;
  if (node.is("Add")) return matMulWithBias(node);
  if (node.is("MatMul")) return matMul(node);
  const weight = floatConstant(node.input(1));
  const hasBias = node.input(2) !== void 0;
  const bias = floatConstant(node.input(2));
  if (!weight || hasBias && !bias) return void 0;
  const output = node.output();
  const layout = weightLayout(node, weight.dims);
  if (!layout) return void 0;
  const { outputs: channels, outputOf: channelOf } = layout;
  if (!node.is("Gemm")) return { node, weight, bias, channels, channelOf, output, axis: "second" };
  const spread = bias && spreadBias(bias, channels);
  if (bias && !spread) return void 0;
  return { node, weight, bias: spread, channels, channelOf, output, axis: "last" };
}
function matMul(node) {
  const weight = floatConstant(node.input(1));
  if (weight?.dims.length !== 2) return void 0;
  const channels = weight.dims[1];
  return {
    node,
    weight,
    bias: void 0,
    channels,
    channelOf: (i) => i % channels,
    output: node.output(),
    axis: "last"
  };
}
function matMulWithBias(add2) {
  for (const index of [0, 1]) {
    const product2 = add2.input(index);
    const bias = floatConstant(add2.input(1 - index));
    if (!product2?.producer?.is("MatMul") || product2.graph !== add2.graph || !bias || product2.uses.length !== 1 || product2.isGraphOutput)
      continue;
    const linear = matMul(product2.producer);
    const spread = linear && spreadBias(bias, linear.channels);
    if (linear && spread) return { ...linear, add: add2, bias: spread, output: add2.output() };
  }
  return void 0;
}
function spreadBias(bias, channels) {
  const { data, dims } = bias;
  if (data.length === channels && (dims.at(-1) === channels || channels === 1)) return bias;
  if (data.length !== 1) return void 0;
  const spread = bias.type === "float32" ? new Float32Array(channels) : new Float64Array(channels);
  return { ...bias, dims: [...dims.slice(0, -1), channels], data: spread.fill(data[0]) };
}
function scaleAndShift(linear, factor2, shift) {
  const { node, add: add2, weight, bias, channels, output } = linear;
  const Values = weight.type === "float32" ? Float32Array : Float64Array;
  const scaled2 = new Values(weight.data.length);
  for (let i = 0; i < scaled2.length; i++) {
    scaled2[i] = weight.data[i] * factor2[linear.channelOf(i)];
  }
  replaceConstant(node, 1, { ...weight, data: scaled2 });
  const beta = node.is("Gemm") ? node.attrFloat("beta", 1) : 1;
  const shifted = new Values(channels);
  for (let c = 0; c < channels; c++) {
    shifted[c] = (bias ? beta * bias.data[c] * factor2[c] : 0) + shift[c];
  }
  const tensor = { type: weight.type, dims: add2 && bias ? bias.dims : [channels], data: shifted };
  if (add2) {
    replaceConstant(add2, constantProto(add2.input(0)) ? 0 : 1, tensor);
  } else if (node.is("MatMul")) {
    if (!shift.some((x) => x !== 0)) return output;
    const bias2 = node.graph.addInitializer(`${output.name}_bias`, tensor);
    return node.graph.addNode({ op: "Add", inputs: [output, bias2], name: `${node.name}_bias` }).output();
  } else if (node.input(2)) replaceConstant(node, 2, tensor);
  else node.setInput(2, node.graph.addInitializer(`${node.output().name}_bias`, tensor));
  if (node.is("Gemm")) node.setAttr("beta", void 0);
  return output;
}
function replaceConstant(node, index, tensor) {
  const old = node.input(index);
  if (old.initializer && old.uses.length === 1 && !old.isGraphInput && !old.isGraphOutput) {
    old.graph.setInitializer(old, tensor);
  } else {
    node.setInput(index, node.graph.addInitializer(old.name, tensor));
  }
}

// src/onnx/passes/fold-affine.ts
function foldAffine(model) {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const node of graph.nodes) {
      if (node.is("Mul", "Div", "Add", "Sub") && fold(node)) modified = true;
    }
  }
  if (modified) removeDeadCode(model);
  return { model, modified };
}
function fold(node) {
  for (const index of node.is("Div") ? [0] : [0, 1]) {
    const input = node.input(index);
    const constant = floatConstant(node.input(1 - index));
    if (!input || !constant || input.uses.length !== 1 || input.isGraphOutput || input.graph !== node.graph) continue;
    const linear = linearProducer(input);
    if (!linear || node.is("Add", "Sub") && linear.node.is("MatMul") && !linear.add) continue;
    const values = perChannel(constant, linear);
    if (!values) continue;
    const ones = new Float64Array(linear.channels).fill(1);
    const zeros = new Float64Array(linear.channels);
    const negated = values.map((x) => -x);
    let factor2 = ones;
    let shift = zeros;
    if (node.is("Mul")) factor2 = values;
    else if (node.is("Div")) factor2 = values.map((x) => 1 / x);
    else if (node.is("Add")) shift = values;
    else if (index === 0) shift = negated;
    else [factor2, shift] = [ones.map((x) => -x), values];
    if (!factor2.every(Number.isFinite) || !shift.every(Number.isFinite)) continue;
    node.graph.replaceAll(node.output(), scaleAndShift(linear, factor2, shift));
    node.graph.removeNode(node);
    return true;
  }
  return false;
}
function perChannel({ data, dims }, linear) {
  const rank4 = outputRank(linear);
  if (dims.length > (rank4 ?? 1)) return void 0;
  if (data.length === 1) return new Float64Array(linear.channels).fill(data[0]);
  const fromEnd = linear.axis === "last" ? 1 : rank4 - 1;
  if (data.length !== linear.channels || dims.at(-fromEnd) !== linear.channels) return void 0;
  return Float64Array.from(data);
}

// src/onnx/passes/fold-batch-norm.ts
function foldBatchNorm(model) {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const node of graph.nodes) {
      if (!node.is("BatchNormalization") || !fold2(node)) continue;
      modified = true;
    }
  }
  if (modified) removeDeadCode(model);
  return { model, modified };
}
function fold2(node) {
  const input = node.input(0);
  if (!input || input.isGraphOutput || input.uses.length !== 1 || input.graph !== node.graph) return false;
  if (node.attrInt("training_mode", 0) !== 0 || node.attrInt("spatial", 1) === 0) return false;
  if (node.outputs.slice(1).some((value) => value && !value.isUnused)) return false;
  const [scale, b, mean, variance] = [1, 2, 3, 4].map((index) => floatConstant(node.input(index))?.data);
  if (!scale || !b || !mean || !variance) return false;
  const linear = linearProducer(input);
  if (!linear || linear.channels !== scale.length) return false;
  if (linear.axis === "last" && outputRank(linear) !== 2) return false;
  const epsilon2 = node.attrFloat("epsilon", 1e-5);
  const factor2 = Float64Array.from(scale, (s, c) => s / Math.sqrt(variance[c] + epsilon2));
  const shift = Float64Array.from(b, (x, c) => x - mean[c] * factor2[c]);
  if (!factor2.every(Number.isFinite) || !shift.every(Number.isFinite)) return false;
  node.graph.replaceAll(node.output(), scaleAndShift(linear, factor2, shift));
  node.graph.removeNode(node);
  return true;
}

// src/onnx/passes/fold-factor-ahead.ts
function foldFactorAhead(model) {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const node of graph.nodes) if (node.is("Mul") && fold3(node)) modified = true;
  }
  if (modified) removeDeadCode(model);
  return { model, modified };
}
function fold3(node) {
  const output = node.output();
  const at2 = [0, 1].find((index) => floatConstant(node.input(index))?.data.length === 1);
  const input = at2 === void 0 ? void 0 : node.input(1 - at2);
  if (at2 === void 0 || !input || floatConstant(input) || output.isGraphOutput || output.isUnused || endsGelu(input))
    return false;
  const { data, dims } = floatConstant(node.input(at2));
  const factor2 = data[0];
  const scaled2 = /* @__PURE__ */ new Map();
  for (const { node: reader, index } of output.uses) {
    const weight = reader.input(1);
    const known = floatConstant(weight);
    const takes = reader.is("Conv", "ConvTranspose", "Gemm", "MatMul") && reader.graph === node.graph && index === 0 && known?.type === "float32" && // A constant of higher rank would raise that of the product.
    dims.length <= known.dims.length && weight.uses.every((use) => use.index === 1 && use.node.input(0) === output);
    if (!takes) return false;
    if (scaled2.has(weight)) continue;
    const product2 = Float32Array.from(known.data, (x) => x * factor2);
    if (!product2.every(Number.isFinite)) return false;
    scaled2.set(weight, { type: "float32", dims: known.dims, data: product2 });
  }
  for (const [weight, tensor] of scaled2)
    node.graph.replaceUses(weight, node.graph.addInitializer(`${weight.name}_scaled`, tensor));
  node.graph.replaceUses(output, input);
  node.graph.removeNode(node);
  return true;
}
function endsGelu(input) {
  const operands = input.producer?.is("Mul") ? input.producer.inputs : [];
  return operands.some(
    (value) => value?.producer?.is("Add") && value.producer.inputs.some((inner) => inner?.producer?.is("Erf", "Tanh"))
  );
}

// src/onnx/passes/remove-identity.ts
function removeIdentity(model) {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const node of graph.nodes) {
      const input = node.input(0);
      const output = node.outputs[0];
      if (!input || !output || !doesNothing(node)) continue;
      const carriesOutput = output.isGraphOutput;
      const movable = input.producer && !input.isGraphOutput && input.graph === graph;
      if (carriesOutput && !movable) {
        if (output.uses.length > 0) modified = true;
        graph.replaceUses(output, input);
        continue;
      }
      graph.replaceAll(output, input);
      graph.removeNode(node);
      modified = true;
    }
  }
  return { model, modified };
}
function doesNothing(node) {
  if (node.is("Identity")) return true;
  if (!node.is("Dropout")) return false;
  const mask = node.outputs[1];
  return (!mask || mask.isUnused) && dropoutTrains(node) === false;
}

// src/quantize/static/prepare.ts
async function prepareForQuantization(source2, worker, workDir) {
  const model = source2.clone();
  nameNodes(model);
  await toCanonicalForm(model, worker, workDir);
  runPasses(model, passes);
  return model;
}
var quantizationOpset = 13;
var passes = [
  (model) => upgradeOpset(model, quantizationOpset),
  removeIdentity,
  foldBatchNorm,
  divisionToProduct,
  preluToLeakyRelu,
  foldAffine,
  foldBatchNorm,
  foldFactorAhead,
  foldGemmFactors,
  foldPadding,
  meanToPooling,
  removeDeadCode
];
function nameNodes(model) {
  const seen = /* @__PURE__ */ new Set();
  for (const node of model.graph.allNodes()) {
    const label = nodeLabel(node);
    const name = seen.has(label) ? model.graph.freshName(label) : label;
    seen.add(name);
    if (node.proto.name !== name) {
      node.proto.name = name;
      node.graph.touch();
    }
  }
}
function divisionToProduct(model) {
  let modified = false;
  for (const node of model.graph.nodes) {
    if (!node.is("Div", "Sub") || node.output().consumers.some((reader) => reader.is("Erf"))) continue;
    const constant = constantValue(node.input(1));
    if (!constant || !(constant.data instanceof Float32Array) || constantValue(node.input(0))) continue;
    const data = constant.data.map(node.op === "Div" ? (x) => 1 / x : (x) => -x);
    if (!data.every(Number.isFinite)) continue;
    const name = `${node.input(1).name}_${node.op === "Div" ? "reciprocal" : "negative"}`;
    node.setInput(1, model.graph.addInitializer(name, { ...constant, data }));
    node.op = node.op === "Div" ? "Mul" : "Add";
    modified = true;
  }
  return { model, modified };
}
function foldGemmFactors(model) {
  let modified = false;
  for (const node of model.graph.nodes) {
    if (!node.is("Gemm")) continue;
    modified = foldFactor(node, "alpha", 1) || modified;
    modified = foldFactor(node, "beta", 2) || modified;
  }
  return { model, modified };
}
function foldFactor(node, name, input) {
  const factor2 = node.attrFloat(name, 1);
  const constant = constantValue(node.input(input));
  if (factor2 === 1 || !constant || !(constant.data instanceof Float32Array)) return false;
  const old = node.input(input);
  const data = constant.data.map((x) => x * factor2);
  node.setInput(input, node.graph.addInitializer(`${old.name}_${name}`, { ...constant, data }));
  node.setAttr(name, void 0);
  return true;
}
function foldPadding(model) {
  let modified = false;
  for (const node of model.graph.nodes) {
    if (!node.is("Pad") || node.attrString("mode", "constant") !== "constant") continue;
    const use = soleUse(node.output());
    const pads = constantValue(node.input(1));
    if (!use?.node.is("Conv") || use.index !== 0 || !pads || node.input(3)) continue;
    if (node.input(2) && Number(constantValue(node.input(2))?.data[0] ?? NaN) !== 0) continue;
    const conv = use.node;
    if (conv.attrString("auto_pad", "NOTSET") !== "NOTSET") continue;
    const amounts = Array.from(pads.data, Number);
    const rank4 = amounts.length / 2;
    if (amounts.some((amount, i) => amount < 0 || i % rank4 < 2 && amount !== 0)) continue;
    const before = conv.attrInts("pads", new Array(2 * (rank4 - 2)).fill(0));
    const added = [...amounts.slice(2, rank4), ...amounts.slice(rank4 + 2)];
    conv.setAttr("pads", { ints: before.map((amount, i) => amount + added[i]) });
    conv.setInput(0, node.input(0));
    model.graph.removeNode(node);
    modified = true;
  }
  return { model, modified };
}
function meanToPooling(model) {
  const { graph } = model;
  let modified = false;
  for (const node of graph.nodes) {
    if (!node.is("ReduceMean")) continue;
    const axes = node.attrInts("axes") ?? Array.from(constantValue(node.input(1))?.data ?? [], Number);
    const dims = node.input(0)?.staticInfo.dims ?? convolutionDims(node);
    if (dims?.length !== 4) continue;
    const spatial = axes.map((axis) => axis < 0 ? axis + 4 : axis).sort();
    if (spatial.length !== 2 || spatial[0] !== 2 || spatial[1] !== 3) continue;
    const pooled = graph.addNode({ op: "GlobalAveragePool", name: node.name, inputs: [node.input(0)] });
    let result = pooled.output();
    if (node.attrInt("keepdims", 1) === 0) {
      const shape = graph.addInitializer(`${node.name}_shape`, {
        type: "int64",
        dims: [2],
        data: BigInt64Array.of(0n, -1n)
      });
      result = graph.addNode({ op: "Reshape", name: `${node.name}_squeeze`, inputs: [result, shape] }).output();
    }
    graph.replaceAll(node.output(), result);
    graph.removeNode(node);
    pooled.proto.name = node.name;
    modified = true;
  }
  return { model, modified };
}
function convolutionDims(node) {
  let producer = node.input(0)?.producer;
  while (producer?.is("Relu", "Clip", "LeakyRelu", "Sigmoid", "HardSwish", "Mul", "Add"))
    producer = producer.input(0)?.producer;
  return producer?.is("Conv") ? constantValue(producer.input(1))?.dims : void 0;
}

// src/calibrate/observers/entropy.ts
var bins = 2048;
var entropy = {
  name: "entropy",
  range(statistics, grid) {
    const distribution2 = distributionOf(statistics);
    const { min: min2, max, total } = distribution2;
    const greatest = Math.max(-min2, max);
    if (total === 0 || greatest <= 0) return [0, 0];
    const oneSided = min2 >= 0 || max <= 0;
    const symmetric = grid.zeroPoint !== void 0 || !oneSided;
    const levels = symmetric ? grid.qmax - grid.qmin + 1 >> 1 : grid.qmax - grid.qmin + 1;
    const magnitudes = linearMagnitudes(distribution2, greatest);
    const t = greatest * (leastDivergence(magnitudes, levels) + 0.5) / bins;
    return [Math.max(min2, -t), Math.min(max, t)];
  }
};
function linearMagnitudes({ low, high, count: count2 }, greatest) {
  const linear = new Float64Array(bins);
  const width = greatest / bins;
  for (let i = 0; i < count2.length; i++) {
    const a = Math.min(Math.abs(low[i]), Math.abs(high[i]));
    const b = Math.max(Math.abs(low[i]), Math.abs(high[i]));
    const first = Math.min(Math.floor(a / width), bins - 1);
    const last = Math.min(Math.floor(b / width), bins - 1);
    if (first === last || b === a) linear[first] += count2[i];
    else {
      for (let j = first; j <= last; j++) {
        const overlap = Math.min(b, (j + 1) * width) - Math.max(a, j * width);
        linear[j] += count2[i] * Math.max(overlap, 0) / (b - a);
      }
    }
  }
  return linear;
}
function leastDivergence(histogram, levels) {
  const cumulative = new Float64Array(histogram.length + 1);
  for (let i = 0; i < histogram.length; i++) cumulative[i + 1] = cumulative[i] + histogram[i];
  let best = histogram.length;
  let least2 = Infinity;
  for (let kept2 = levels; kept2 <= histogram.length; kept2 += Math.max(1, levels >> 4)) {
    const divergence2 = divergenceAt(histogram, cumulative, kept2, levels);
    if (divergence2 < least2) [best, least2] = [kept2, divergence2];
  }
  return best;
}
function divergenceAt(histogram, cumulative, kept2, levels) {
  const outliers = cumulative[histogram.length] - cumulative[kept2];
  const totalP = cumulative[histogram.length] - histogram[0];
  const totalQ = cumulative[kept2] - histogram[0];
  if (totalP === 0 || totalQ === 0) return Infinity;
  let divergence2 = 0;
  for (let level = 0; level < levels; level++) {
    const from = Math.max(1, Math.floor(level * kept2 / levels));
    const to = Math.floor((level + 1) * kept2 / levels);
    let filled2 = 0;
    for (let i = from; i < to; i++) if (histogram[i] > 0) filled2++;
    if (filled2 === 0) {
      if (level === levels - 1 && outliers > 0) divergence2 += outliers / totalP * Math.log(outliers / totalP / 1e-9);
      continue;
    }
    const q = (cumulative[to] - cumulative[from]) / filled2 / totalQ;
    for (let i = from; i < to; i++) {
      const p = (histogram[i] + (i === kept2 - 1 ? outliers : 0)) / totalP;
      if (p > 0) divergence2 += p * Math.log(p / (histogram[i] > 0 ? q : 1e-9));
    }
  }
  return divergence2;
}

// src/calibrate/observers/histogram.ts
var octaves = 5;
var coarse = 1 / 4;
var fine = 1 / 16;
var histogramMse = leastError("histogram", 2);
var histogramAbsolute = leastError("absolute", 1);
function leastError(name, norm) {
  return { name, range: (statistics, grid, behind2) => search(statistics, grid, norm, behind2) };
}
function search(statistics, grid, norm, behind2) {
  const seen = distributionOf(statistics);
  const whole = behind2 ? weighted2(seen, behind2, norm) : seen;
  if (whole.total === 0) return [0, 0];
  const ends = [Math.min(whole.min, 0), Math.max(whole.max, 0)];
  const distribution2 = coarsen(whole, Math.max(-ends[0], ends[1]) * 2 ** -octaves / 1024);
  const error = (range) => quantizationError(distribution2, parametersFor(range, grid), grid, norm);
  let best = ends;
  let least2 = error(best);
  const shrink2 = (end2, octavesDown) => {
    const bound = ends[end2] * 2 ** -octavesDown;
    const range = end2 === 1 ? [best[0], bound] : [bound, best[1]];
    const found2 = error(range);
    if (found2 >= least2) return false;
    [best, least2] = [range, found2];
    return true;
  };
  for (let round = 0; round < 3; round++) {
    const before = least2;
    for (const end2 of [1, 0]) {
      if (ends[end2] === 0) continue;
      let at2 = Math.log2(ends[end2] / best[end2]);
      for (let down = 0; down <= octaves; down += coarse) if (shrink2(end2, down)) at2 = down;
      for (let near = at2 - coarse + fine; near < at2 + coarse; near += fine) if (near > 0) shrink2(end2, near);
    }
    if (least2 === before) break;
  }
  return best;
}
function weighted2(distribution2, behind2, norm) {
  const { low, high, count: count2 } = distribution2;
  const weights = count2.map((n, i) => {
    const [a, b] = [low[i], high[i]];
    const half = a < b ? 0 : Math.max(Math.abs(a), 1) / 256;
    return n * Math.abs((behind2(b + half) - behind2(a - half)) / (b - a + 2 * half)) ** norm;
  });
  const total = weights.reduce((sum2, weight) => sum2 + weight, 0);
  return total > 0 && Number.isFinite(total) ? { ...distribution2, count: weights, total } : distribution2;
}

// src/calibrate/observers/min-max.ts
var minMax = { name: "min-max", range: ({ min: min2, max }) => [min2, max] };

// src/calibrate/observers/moving-average.ts
var movingAverage = { name: "moving-average", range: ({ meanMin, meanMax }) => [meanMin, meanMax] };

// src/calibrate/observers/percentile.ts
function percentile(percent2) {
  const cut = (100 - percent2) / 200;
  return {
    name: "percentile",
    range: (statistics) => {
      const distribution2 = distributionOf(statistics);
      return [quantile2(distribution2, cut), quantile2(distribution2, 1 - cut)];
    }
  };
}
function quantile2({ low, high, count: count2, total, min: min2, max }, fraction) {
  if (total === 0) return 0;
  let rest = fraction * total;
  for (let i = 0; i < count2.length; i++) {
    const n = count2[i];
    if (rest <= n) return Math.max(min2, Math.min(max, low[i] + (high[i] - low[i]) * rest / n));
    rest -= n;
  }
  return max;
}

// src/calibrate/observers/index.ts
var observers = {
  "min-max": minMax,
  "moving-average": movingAverage,
  histogram: histogramMse,
  absolute: histogramAbsolute,
  percentile: percentile(99.999),
  entropy
};

// src/quantize/static/what-follows.ts
var logistic = (x) => 1 / (1 + Math.exp(-x));
var clamp = (x, low, high) => Math.min(Math.max(x, low), high);
var unary = {
  Clip: clampOf2,
  HardSigmoid: (node) => (x) => clamp(node.attrFloat("alpha", 0.2) * x + node.attrFloat("beta", 0.5), 0, 1),
  HardSwish: () => (x) => x * clamp(x / 6 + 0.5, 0, 1),
  Identity: () => (x) => x,
  LeakyRelu: (node) => (x) => x < 0 ? node.attrFloat("alpha", 0.01) * x : x,
  PRelu: usualSlope,
  Relu: clampOf2,
  Sigmoid: () => logistic,
  Softplus: () => (x) => Math.log1p(Math.exp(x)),
  Tanh: () => Math.tanh
};
var binary = {
  Add: (a, b) => a + b,
  Div: (a, b) => a / b,
  Mul: (a, b) => a * b,
  Sub: (a, b) => a - b
};
function usualSlope(node) {
  const slopes = constantValue(node.input(1))?.data;
  if (!(slopes instanceof Float32Array)) return void 0;
  const mean = slopes.reduce((sum2, slope) => sum2 + slope, 0) / slopes.length;
  return (x) => x < 0 ? mean * x : x;
}
function clampOf2(node) {
  const bounds = clampBounds(node);
  return bounds && ((x) => clamp(x, ...bounds));
}
var mostNodes2 = 12;
function functionBehind(root) {
  const known = /* @__PURE__ */ new Map([[root, (x) => x]]);
  const done = /* @__PURE__ */ new Set();
  const waiting = [root];
  while (waiting.length > 0 && done.size < mostNodes2) {
    for (const node of waiting.shift().consumers) {
      const found2 = done.has(node) ? void 0 : functionOf(node, known);
      if (!found2) continue;
      done.add(node);
      known.set(node.output(), found2);
      waiting.push(node.output());
    }
  }
  const read2 = [...known].filter(([value]) => value.isGraphOutput || value.uses.some(({ node }) => !done.has(node)));
  const [only] = read2;
  return read2.length === 1 && only[0] !== root ? only[1] : void 0;
}
function functionOf(node, known) {
  if (node.domain !== "") return void 0;
  const operand = (index) => {
    const value = node.input(index);
    const constant = value && constantValue(value);
    if (constant?.data instanceof Float32Array && constant.data.length === 1) return () => constant.data[0];
    return value && known.get(value);
  };
  const a = operand(0);
  const inner = unary[node.op]?.(node);
  if (a && inner) return (x) => inner(a(x));
  const [b, joined3] = [operand(1), binary[node.op]];
  return a && b && joined3 && ((x) => joined3(a(x), b(x)));
}

// src/quantize/static/ranges.ts
function sourcesOf2(plan) {
  const sources2 = /* @__PURE__ */ new Map();
  for (const [value, root] of plan.activations) {
    if (value.initializer) continue;
    const producer = plan.units.producing(value);
    const moved = value !== root && producer?.operator?.kind === "pass-through" && plan.decisions.get(producer)?.mode === "integer";
    if (moved) continue;
    const list = sources2.get(root);
    if (list) list.push(value);
    else sources2.set(root, [value]);
  }
  return sources2;
}
function chooseParameters(plan, statistics, observer) {
  const chosen = /* @__PURE__ */ new Map();
  const grid = plan.target.activation;
  for (const [root, values] of sourcesOf2(plan)) {
    const seen = values.flatMap((value) => statistics.get(value.name) ?? []);
    const merged = seen.length > 0 ? seen.reduce(mergeStatistics) : void 0;
    const range = merged && merged.samples > 0 ? rangeOf2(root, merged, observer(root.name), grid) : [0, 0];
    chosen.set(root.name, parametersFor(clampTo(range, usefulRange(root)), grid));
  }
  return chosen;
}
var found = /* @__PURE__ */ new WeakMap();
function rangeOf2(root, statistics, observer, grid) {
  const key2 = JSON.stringify([observer, grid]);
  const known = found.get(statistics) ?? /* @__PURE__ */ new Map();
  found.set(statistics, known);
  const range = known.get(key2) ?? observers[observer].range(statistics, grid, functionBehind(root));
  known.set(key2, range);
  return range;
}
function clampTo([low, high], [least2, greatest]) {
  return [Math.max(low, Math.min(least2, 0)), Math.min(high, Math.max(greatest, 0))];
}
function usefulRange(root) {
  const everything2 = [-Infinity, Infinity];
  if (root.isGraphOutput) return everything2;
  let range;
  for (const { node, index } of root.uses) {
    const operator = operatorOf(node);
    const useful = index === 0 && operator?.useful ? operator.useful(node) : everything2;
    range = range ? [Math.min(range[0], useful[0]), Math.max(range[1], useful[1])] : useful;
  }
  return range ?? everything2;
}

// src/quantize/static/rows.ts
async function productRows(model, infos, worker, { calibration, workDir, seed }) {
  const rows3 = /* @__PURE__ */ new Map();
  const sizes = symbolSizes(model, calibration);
  const note = (label, dims) => {
    const leading = dims?.slice(0, -1).map((dim) => sizes.get(dim) ?? dim);
    if (!leading?.every((dim) => typeof dim === "number")) return false;
    rows3.set(label, rowsOf([...leading, 1]));
    return true;
  };
  const products = [...model.graph.allNodes()].filter((node) => node.is("MatMul", "Gemm", "FusedMatMul"));
  const open5 = products.filter((node) => !note(nodeLabel(node), infos.get(node.input(0)?.name ?? "")?.dims));
  if (open5.length === 0) return rows3;
  const given = calibration && { store: storeReference(calibration) };
  const observed = await observeNodes(worker, model, workDir, given, seed);
  if ("failed" in observed) return rows3;
  for (const node of open5) note(nodeLabel(node), observed.nodes.get(nodeLabel(node))?.inputs[0]?.dims);
  return rows3;
}
function symbolSizes(model, store) {
  const sizes = /* @__PURE__ */ new Map();
  for (const { name, dims } of model.graph.infos("inputs")) {
    for (const [axis, dim] of dims.entries()) {
      const size = store?.samples[0]?.inputs[name]?.dims[axis];
      if (typeof dim === "string" && size !== void 0 && !sizes.has(dim)) sizes.set(dim, size);
    }
  }
  return sizes;
}

// src/quantize/static/telling-samples.ts
var enough = 0.99;
var fewTell = 1 / 4;
function effectiveCount(signals) {
  const sum2 = signals.reduce((total, signal) => total + signal, 0);
  const squares = signals.reduce((total, signal) => total + signal * signal, 0);
  return squares === 0 ? signals.length : sum2 ** 2 / squares;
}
function tellsLittle(signals) {
  return partsOf2(signals).some((part) => effectiveCount(part) < fewTell * part.length);
}
function tellingSamples(signals) {
  const shares = signals.map(() => 0);
  const chosen = /* @__PURE__ */ new Set();
  for (const part of partsOf2(signals)) {
    const sum2 = part.reduce((total, signal) => total + signal, 0);
    if (sum2 === 0) continue;
    for (const [at2, signal] of part.entries()) shares[at2] += signal / sum2;
    let held = 0;
    for (const at2 of descending(part)) {
      if (held >= enough * sum2) break;
      chosen.add(at2);
      held += part[at2];
    }
  }
  return descending(shares).filter((at2) => chosen.has(at2));
}
var partsOf2 = (signals) => (signals[0] ?? []).map((_, at2) => signals.map((sample) => sample[at2]));
var descending = (values) => [...values.keys()].sort((a, b) => values[b] - values[a] || a - b);

// src/quantize/static/work.ts
function multiplyAdds(graph, infos) {
  return graph.nodes.reduce((sum2, node) => sum2 + ofNode(node, infos), 0);
}
function ofNode(node, infos) {
  const size = (value) => sizeOf(dimsOf2(value, infos));
  const weight = dimsOf2(node.input(1), infos);
  if (node.is("Conv")) return size(node.output()) * sizeOf(weight.slice(1));
  if (node.is("ConvTranspose")) return size(node.input(0)) * sizeOf(weight.slice(1));
  if (node.is("Gemm")) return size(node.output()) * (weight[node.attrInt("transB", 0) === 1 ? 1 : 0] ?? 1);
  if (node.is("MatMul", "FusedMatMul")) return size(node.output()) * (dimsOf2(node.input(0), infos).at(-1) ?? 1);
  return 0;
}
function dimsOf2(value, infos) {
  const dims = value?.initializer?.dims.map(Number) ?? infos.get(value?.name ?? "")?.dims ?? [];
  return dims.map((dim) => typeof dim === "number" ? dim : 1);
}

// src/quantize/static/run.ts
var comparedSamples = 32;
var mostComparedFold = 8;
var moreSamples2 = 4;
var usualWork = 4e8;
var usualWeights = 64e6;
var leastEffort = 0.25;
var fewestSamples = 4;
var rangeSuffices = (observer) => observer === "min-max" || observer === "moving-average";
var StaticRun = class _StaticRun {
  request;
  /** The float model in quantizable form; what every candidate is compared with. */
  prepared;
  preparedPath;
  worker;
  /** The fraction of a usual model's samples and trials that this one gets by its size: 1, or less down to `leastEffort`. */
  effort;
  /** What became of the graphs in the model's nodes. */
  subgraphs = noSubgraphs;
  phases = {};
  notes = [];
  /** What calibration saw of the tensors of each base model. */
  #statistics = /* @__PURE__ */ new WeakMap();
  #infos;
  #weights;
  #rows;
  /** On how many samples candidates are compared: few, with few outputs each, leave the choice to chance. */
  #comparedCount;
  #compared;
  #parts;
  #moments = /* @__PURE__ */ new WeakMap();
  #files = 0;
  constructor(request, prepared, preparedPath, infos, rows3, worker) {
    this.request = request;
    this.prepared = prepared;
    this.preparedPath = preparedPath;
    this.#infos = new Map(infos);
    const weights = weightElements(prepared.graph);
    this.#weights = new WeightCache(weights);
    const share2 = Math.min(usualWork / multiplyAdds(prepared.graph, infos), usualWeights / weights);
    this.effort = Math.min(1, Math.max(leastEffort, share2));
    const half = Math.max(comparedSamples, request.calibration.samples.length >> 1);
    const fold4 = Math.min(mostComparedFold, Math.max(1, share2));
    this.#comparedCount = Math.min(half, Math.floor(comparedSamples * fold4));
    this.#rows = rows3;
    this.#parts = outputParts(prepared.graph, infos);
    this.worker = worker;
  }
  /** @throws UserError where the model cannot be brought to the form that quantization needs */
  static async start(request) {
    const begin = performance.now();
    await mkdir4(request.workDir, { recursive: true });
    const worker = await WorkerProcess.start({
      runtime: request.runtime,
      label: `calibration for ${request.target.name}`,
      ...frugal
    });
    try {
      const prepared = await prepareForQuantization(request.model, worker, request.workDir);
      if (request.options.bits < 8) upgradeOpset(prepared, 21);
      const preparedPath = join18(request.workDir, "prepared.onnx");
      await saveScratch(prepared, preparedPath);
      const infos = await describeValues(prepared, request, worker);
      const rows3 = await productRows(prepared, infos, worker, request);
      const run = new _StaticRun(request, prepared, preparedPath, infos, rows3, worker);
      run.phases["prepare"] = (performance.now() - begin) / 1e3;
      return run;
    } catch (error) {
      await worker.close();
      throw error;
    }
  }
  /** Types and shapes of the values of the prepared model and of every base. */
  get infos() {
    return this.#infos;
  }
  close() {
    return this.worker.close();
  }
  /** The plan of a recipe for its base, or for a copy of that. */
  plan({ floatNodes, slowNodes, base }, model = base) {
    const { target, options } = this.request;
    return planStatic(model.graph, this.infos, { target, keepFloat: options["keep-float"], floatNodes, slowNodes });
  }
  /** The quantized model of a recipe. */
  emit(recipe) {
    const { model, subgraphs } = this.#embedded(recipe);
    const plan = this.plan(recipe, model);
    const raw = emitStatic(model, plan, {
      infos: this.infos,
      parameters: recipe.parameters,
      cache: this.#weights,
      ...this.#rounding(recipe)
    });
    const rest = storeRemaining(model, this.#remaining(recipe, plan), this.#weights);
    if (subgraphs.branches.length > 0) shareConstants(model);
    return { model, plan, rest, raw, subgraphs };
  }
  #embedded(recipe) {
    const model = recipe.base.clone();
    const subgraphs = chosenSubgraphs(this.subgraphs, recipe);
    embedBranches(model, subgraphs.branches);
    return { model, subgraphs };
  }
  #rounding({ weightRange, rounding, moments: moments2, wideWeights }) {
    const { options, tied } = this.request;
    const { "per-channel": perChannel2, bits } = options;
    return { perChannel: perChannel2, bits, weightRange, rounding, moments: moments2, wideWeights, tied };
  }
  /** How many products of a recipe without static integer kernels find their activation's scale at run time. */
  scalesAtRunTime(recipe) {
    const { model } = this.#embedded(recipe);
    return integerSites(planRemaining(model, this.#remaining(recipe, this.plan(recipe)))).length;
  }
  #remaining({ smallProducts }, plan) {
    const { target, options } = this.request;
    return { plan, rows: this.#rows, smallProducts, target, options };
  }
  /** Describes a value that a base has beyond those of the prepared model, as one of those is. */
  introduce(name, like) {
    this.#infos.set(name, this.#infos.get(like));
  }
  /** Lets a base that computes the same as another, but for these values, take over what is known of that one's tensors. */
  inherit(from, to, changed) {
    const known = [...this.#statistics.get(from) ?? []].filter(([name]) => !changed.has(name));
    this.#statistics.set(to, new Map(known));
  }
  /** Sees to it that every activation of the plan has statistics; runs the calibration data only for those that lack them. */
  async gather(plan, base) {
    const known = this.#statistics.get(base) ?? /* @__PURE__ */ new Map();
    this.#statistics.set(base, known);
    const names3 = [...sourcesOf2(plan).values()].flat().map((value) => value.name);
    const missing2 = names3.filter((name) => !known.has(name));
    if (missing2.length === 0) return known;
    const { calibration, workDir, progress, threads = 0, options } = this.request;
    const stage = progress.stage("calibrate", calibration.samples.length, "samples");
    let reported2 = 0;
    const found2 = await calibrate({
      model: base,
      tensors: missing2,
      dims: (name) => this.infos.get(name)?.dims,
      store: calibration,
      workDir,
      worker: this.worker,
      threads,
      detail: rangeSuffices(options.observer) ? "range" : "histogram",
      onProgress: (done) => {
        stage.advance(done - reported2);
        reported2 = done;
      }
    });
    stage.done();
    for (const [name, statistics] of found2) known.set(name, statistics);
    return known;
  }
  /**
   * The moments of a recipe's weights, which are the same for all recipes of one base. While the rest are taken, the weights whose
   * moments are known are rounded for candidates with these ranges.
   */
  moments(recipe, weightRanges) {
    const known = this.#moments.get(recipe.base);
    if (known) return known;
    const { target } = this.request;
    const made2 = inputMoments(this, recipe, (unit, moments2) => {
      const { name, initializer } = unit.weight.value;
      const choices = this.#rounding({ ...recipe, moments: /* @__PURE__ */ new Map([[name, moments2]]) });
      for (const weightRange of new Set(weightRanges)) {
        if (!this.#weights.hasRoom(initializer)) return;
        rounded2(initializer, roundingOf(unit, target, { ...choices, weightRange }), this.#weights);
      }
    });
    this.#moments.set(recipe.base, made2);
    return made2;
  }
  /** Signal over noise at the outputs against FP32, in dB, on a part of the calibration data. */
  async fidelity(model, samples5) {
    return (await this.#compare(model, samples5)).sqnrDb;
  }
  /**
   * A candidate of this recipe. Where there is one to beat and this one is far behind it on the first samples, the rest is not
   * run: its signal over noise is then below the rival's by as much as it was behind.
   */
  async measure(recipe, rival) {
    const { sqnrDb, course, behindDb } = await this.#compare(this.emit(recipe).model, void 0, rival?.course);
    return { recipe, sqnrDb: behindDb === void 0 ? sqnrDb : rival.sqnrDb - behindDb, course };
  }
  async #compare(model, count2, rival) {
    const samples5 = await this.#samplesToCompare(count2);
    return this.opened(
      model,
      (variant) => this.worker.call(fidelityJob, {
        reference: this.#reference,
        variant,
        store: storeReference(this.request.calibration),
        samples: interleaved(samples5),
        parts: this.#parts,
        ...rival && { rival }
      })
    );
  }
  async #samplesToCompare(count2) {
    const { samples: samples5, telling: telling2 } = await this.#comparedSamples();
    if (count2 === void 0) return samples5;
    return telling2 && count2 < telling2.length ? inOrder(telling2.slice(0, count2)) : this.spread(count2);
  }
  get #reference() {
    return { model: this.preparedPath, provider: "cpu", threads: this.request.threads ?? 0 };
  }
  #comparedSamples() {
    this.#compared ??= this.#chooseCompared();
    return this.#compared;
  }
  /**
   * Where scores are rare two or three of 32 images may decide, and ranges that were chosen by those may fit no others (PP-OCRv3's
   * text detector on photographs: 16 dB on them, 4 on others). Then more are looked at, and those that count are compared.
   */
  async #chooseCompared() {
    const samples5 = this.spread(this.#comparedCount);
    if (this.#parts.every(({ kind }) => kind === "plain")) return { samples: samples5 };
    const seen = (of) => this.worker.call(signalsJob, {
      reference: this.#reference,
      store: storeReference(this.request.calibration),
      samples: of,
      parts: this.#parts
    });
    if (!(await seen(this.spread(fewestSamples))).rare) return { samples: samples5 };
    const more = this.spread(moreSamples2 * this.#comparedCount);
    const { signals } = await seen(more);
    if (!tellsLittle(signals)) return { samples: samples5 };
    const telling2 = tellingSamples(signals).map((at2) => more[at2]);
    return { samples: inOrder(telling2), telling: telling2 };
  }
  /** Lends the file of a model, as a session with the sums that it has on its target. */
  async opened(model, use) {
    const path = join18(this.request.workDir, `candidate-${this.#files++}.onnx`);
    const files = /* @__PURE__ */ new Set([path]);
    try {
      await saveScratch(model, path);
      const session = await this.quantizedSession(path);
      files.add(session.model);
      return await use(session);
    } finally {
      await Promise.all([...files].map(removeModel));
    }
  }
  /** A session of a quantized file, with the sums that it has on its target. */
  async quantizedSession(path) {
    const { target, threads = 0 } = this.request;
    const session = { model: path, provider: "cpu", threads };
    if (target.arithmetic === "gpu") return { ...session, optimization: "basic" };
    return needsExactSums(executability(target, hostTargetName())) ? withExactSums(session) : session;
  }
  /** Indices of up to `count` calibration samples, of heavy models fewer, spread evenly. */
  spread(count2) {
    return evenly(this.#affordable(count2), this.request.calibration.samples.length);
  }
  #affordable(count2) {
    return Math.max(Math.min(count2, fewestSamples), Math.round(count2 * this.effort));
  }
  /** Up to `count` that no candidate is compared on, spread evenly; of all where the others are fewer than those compared. */
  async apart(count2) {
    const { samples: samples5, telling: telling2 } = await this.#comparedSamples();
    if (telling2) return this.spread(count2);
    const compared = new Set(samples5);
    const others = [...this.request.calibration.samples.keys()].filter((index) => !compared.has(index));
    if (others.length < compared.size) return this.spread(count2);
    return evenly(this.#affordable(count2), others.length).map((index) => others[index]);
  }
  /** Counts the time of `work` under a phase's name. */
  async phase(name, work) {
    const begin = performance.now();
    try {
      return await work();
    } finally {
      this.phases[name] = (this.phases[name] ?? 0) + (performance.now() - begin) / 1e3;
    }
  }
};
var inOrder = (indices) => [...indices].sort((a, b) => a - b);
function interleaved(indices) {
  const stride = 5;
  return Array.from({ length: stride }, (_, start) => indices.filter((_2, i) => i % stride === start)).flat();
}
function evenly(count2, length) {
  const taken = Math.min(count2, length);
  return Array.from({ length: taken }, (_, i) => Math.floor(i * length / taken));
}

// src/quantize/recover/bias-absorption.ts
function absorbHighBias(model, floor) {
  let absorbed = 0;
  for (const first of model.graph.nodes) {
    const least2 = first.is("Conv") ? floor(first.name) : void 0;
    const relu = least2 && soleUse(first.output())?.node;
    const use = relu?.is("Relu") ? soleUse(relu.output()) : void 0;
    const second = use?.node;
    if (!least2 || !second?.is("Conv") || use?.index !== 0) continue;
    if ((second.attrInts("pads") ?? []).some((pad) => pad !== 0) || second.attrString("auto_pad", "NOTSET") !== "NOTSET")
      continue;
    const bias1 = constantValue(first.input(2));
    const w2 = constantValue(second.input(1));
    const bias2 = constantValue(second.input(2));
    if (!bias1 || !w2 || !(w2.data instanceof Float32Array) || second.input(2) && !bias2) continue;
    const outputs = w2.dims[0];
    const perGroup = w2.dims[1];
    const kernel = w2.data.length / (outputs * perGroup);
    const perOutputGroup = outputs / second.attrInt("group", 1);
    const constant = least2.map((x) => Math.max(0, x * 0.9));
    if (!constant.some((x) => x > 0)) continue;
    absorbed += constant.filter((x) => x > 0).length;
    const b1 = Float32Array.from(bias1.data, (x, c) => x - constant[c]);
    const b2 = bias2 ? bias2.data.slice() : new Float32Array(outputs);
    for (let o = 0; o < outputs; o++) {
      const group = Math.floor(o / perOutputGroup);
      for (let i = 0; i < perGroup; i++) {
        let sum2 = 0;
        for (let k = 0; k < kernel; k++) sum2 += w2.data[(o * perGroup + i) * kernel + k];
        b2[o] += sum2 * constant[group * perGroup + i];
      }
    }
    const { graph } = model;
    first.setInput(
      2,
      graph.addInitializer(`${first.name}_bias_absorbed`, { type: "float32", dims: [b1.length], data: b1 })
    );
    second.setInput(
      2,
      graph.addInitializer(`${second.name}_bias_absorbed`, { type: "float32", dims: [outputs], data: b2 })
    );
  }
  return absorbed;
}
var samples2 = 32;
async function absorbBiases(run, recipe) {
  const changed = /* @__PURE__ */ new Set();
  const found2 = await runTapped(run, recipe.base, { samples: run.spread(samples2), combine: "max" }, (graph, opset) => {
    const wanted = /* @__PURE__ */ new Map();
    for (const node of graph.nodes) {
      const use = node.is("Conv") ? soleUse(node.output()) : void 0;
      const rank4 = run.infos.get(node.output().name)?.dims.length ?? 0;
      if (!use?.node.is("Relu") || rank4 < 3) continue;
      const { name } = node.output();
      const negative = graph.addNode({ op: "Neg", name: `${name}_negative`, inputs: [node.output()] }).output();
      wanted.set(node.name, reduce(graph, "ReduceMax", negative, axesBut(1, rank4), opset));
      changed.add(name).add(use.node.output().name);
    }
    return wanted;
  });
  if (found2.size === 0) return void 0;
  const base = recipe.base.clone();
  const absorbed = absorbHighBias(base, (conv) => found2.get(conv)?.map((value) => -value));
  return absorbed > 0 ? { recipe: { ...recipe, base, exact: base }, changed } : void 0;
}

// src/quantize/recover/bias-correction.ts
var samples3 = 16;
var steps = 64;
var checks = 16;
async function correctBiases(run, from) {
  const { recipe } = from;
  const outputs = /* @__PURE__ */ new Map();
  for (const unit of integerLayers(run.plan(recipe))) {
    const raw = takesBias(unit) ? floatOutput(unit, run) : void 0;
    if (raw) outputs.set(unit.head.name, raw);
  }
  const chosen = [...outputs.keys()];
  if (chosen.length === 0) return void 0;
  const stage = run.request.progress.stage("bias correction", chosen.length, "layers");
  const wanted = await means(run, recipe.base, [...outputs]);
  const size = Math.ceil(chosen.length / steps);
  const between = size * Math.ceil(chosen.length / size / checks);
  let best = from;
  let corrected2 = { ...recipe, base: recipe.base.clone() };
  for (let start = 0; start < chosen.length; start += size) {
    const names3 = chosen.slice(start, start + size);
    const { model, raw } = run.emit(corrected2);
    const found2 = await means(
      run,
      model,
      names3.flatMap((name) => raw.has(name) ? [[name, raw.get(name)]] : [])
    );
    const base = corrected2.base.clone();
    const byName2 = new Map(run.plan({ ...corrected2, base }).units.all.map((unit) => [unit.head.name, unit]));
    for (const [name, mean] of found2) {
      const shift = wanted.get(name).map((value, c) => value - mean[c]);
      if (shift.every(Number.isFinite)) shiftBias(base, byName2.get(name), shift);
    }
    corrected2 = { ...corrected2, base };
    stage.advance(names3.length);
    const end2 = start + size;
    if (end2 < chosen.length && end2 % between !== 0) continue;
    const candidate = await run.measure(corrected2, best);
    if (candidate.sqnrDb > best.sqnrDb) best = candidate;
    else corrected2 = best.recipe;
  }
  stage.done();
  return best;
}
function takesBias({ head, biasAdd }) {
  return head.is("Conv", "Gemm") || biasAdd !== void 0;
}
function floatOutput({ head, biasAdd, weight }, run) {
  const value = (biasAdd ?? head).output().name;
  if (head.is("Conv")) return { value, rank: weight.value.initializer.dims.length, axis: 1 };
  if (head.is("Gemm")) return { value, rank: 2, axis: 1 };
  const rank4 = run.infos.get(value)?.dims.length;
  return rank4 ? { value, rank: rank4, axis: rank4 - 1 } : void 0;
}
async function means(run, model, outputs) {
  return runTapped(
    run,
    model,
    { samples: await run.apart(samples3) },
    (graph, opset) => new Map(
      outputs.map(([name, { value, rank: rank4, axis }]) => [
        name,
        reduce(graph, "ReduceMean", graph.value(value), axesBut(axis, rank4), opset)
      ])
    )
  );
}
function shiftBias(model, { head, biasAdd, bias }, shift) {
  const { graph } = model;
  const old = bias ? readTensor(bias.initializer) : void 0;
  const values = old?.data;
  const data = Float32Array.from(shift, (x, c) => x + (values ? values[values.length === 1 ? 0 : c] : 0));
  const dims = old && old.data.length === data.length ? old.dims : [data.length];
  const name = bias?.name ?? `${head.name}_bias`;
  const made2 = graph.addInitializer(name, { type: "float32", dims, data });
  if (biasAdd) biasAdd.setInput(biasAdd.input(0) === bias ? 0 : 1, made2);
  else head.setInput(2, made2);
  if (bias?.isUnused) graph.removeInitializer(bias);
}

// src/quantize/recover/channel-rules.ts
var rules = {
  Relu: keep,
  LeakyRelu: keep,
  PRelu: keep,
  MaxPool: keep,
  AveragePool: keep,
  GlobalAveragePool: keep,
  GlobalMaxPool: keep,
  Resize: (node, at2) => node.attrFloat("extrapolation_value", 0) === 0 ? keep(node, at2) : void 0,
  Pad: (node, at2) => isZero(node) ? keep(node, at2) : void 0,
  Add: sum,
  Mul: product,
  HardSwish: (node, at2) => at2.gated(node) ? keep(node, at2) : void 0,
  Concat: concatenation,
  Split: (node, at2) => parts(node, at2, node.attrInt("axis", 0)),
  Slice: slice,
  Reshape: regroup,
  Flatten: regroup,
  Squeeze: regroup,
  Unsqueeze: regroup,
  Transpose: transpose2
};
function handedOn(node, at2) {
  return node.domain === "" && Object.hasOwn(rules, node.op) ? rules[node.op](node, at2) : void 0;
}
function keep(node, at2, from = 0) {
  const channels = at2.channels(node.input(from));
  if (!channels || node.outputs[1]) return void 0;
  const [before, after] = [at2.dims(node.input(from)), at2.dims(node.output())];
  if (!before || before.length !== after?.length) return void 0;
  const axes = Array.from({ length: channels.axes }, (_, i) => i + 1);
  return axes.every((axis) => before[axis] === after[axis] && before[axis] !== void 0) ? { reads: [from], outputs: [channels] } : void 0;
}
function isZero(pad) {
  const value = pad.input(2);
  return pad.attrString("mode", "constant") !== "constant" || !value || Number(constantValue(value)?.data[0]) === 0;
}
function sum(node, at2) {
  const constant = node.inputs.findIndex((value) => constantValue(value));
  if (constant >= 0) {
    const kept2 = keep(node, at2, 1 - constant);
    const dims = constantValue(node.input(constant)).dims;
    return kept2 && isPerChannel(dims, at2.dims(node.output())) ? { ...kept2, shift: constant } : void 0;
  }
  const [a, b] = [keep(node, at2, 0), keep(node, at2, 1)];
  if (!a || !b || a.outputs[0].axes !== b.outputs[0].axes) return void 0;
  at2.sets.join(a.outputs[0].ids, b.outputs[0].ids);
  return { reads: [0, 1], outputs: a.outputs };
}
function product(node, at2) {
  const gated = at2.gated(node);
  const isConstant2 = (index) => constantValue(node.input(index)) !== void 0;
  const size = (index) => sizeOf((at2.dims(node.input(index)) ?? []).map((dim) => typeof dim === "number" ? dim : 2));
  const second = gated ? node.input(1) === gated : isConstant2(0) || !isConstant2(1) && size(1) > size(0);
  return keep(node, at2, second ? 1 : 0);
}
function axisOf(axis, dims) {
  return axis < 0 ? dims && axis + dims.length : axis;
}
function concatenation(node, at2) {
  const channels = node.inputs.flatMap((value) => at2.channels(value) ?? []);
  const axis = axisOf(node.attrInt("axis") ?? 0, at2.dims(node.output()));
  if (channels.length < node.inputs.length || channels.some(({ axes }) => axes !== 1)) return void 0;
  const reads = [...node.inputs.keys()];
  if (axis === 1) return { reads, outputs: [{ ids: channels.flatMap(({ ids }) => ids), axes: 1 }] };
  const [first, ...others] = channels;
  if (axis === void 0 || axis === 0 || others.some(({ ids }) => ids.length !== first.ids.length)) return void 0;
  for (const { ids } of others) at2.sets.join(ids, first.ids);
  return { reads, outputs: [first] };
}
function parts(node, at2, along) {
  const channels = at2.channels(node.input(0));
  const axis = axisOf(along, at2.dims(node.input(0)));
  if (channels?.axes !== 1 || axis === void 0 || axis === 0) return void 0;
  if (axis !== 1) return { reads: [0], outputs: node.outputs.map(() => channels) };
  let from = 0;
  const outputs = [];
  for (const value of node.outputs) {
    const count2 = at2.dims(value)?.[1];
    if (typeof count2 !== "number") return void 0;
    outputs.push({ ids: channels.ids.slice(from, from + count2), axes: 1 });
    from += count2;
  }
  return from === channels.ids.length ? { reads: [0], outputs } : void 0;
}
function slice(node, at2) {
  const channels = at2.channels(node.input(0));
  const [starts, ends, listed2, steps3] = [1, 2, 3, 4].map((index) => integers(node.input(index)));
  if (channels?.axes !== 1 || !starts || !ends || node.input(4) && !steps3) return void 0;
  const axes = (listed2 ?? [...starts.keys()]).map((axis) => axisOf(axis, at2.dims(node.input(0))));
  const along = axes.indexOf(1);
  if (axes.some((axis) => axis === void 0 || axis === 0)) return void 0;
  if (along < 0) return { reads: [0], outputs: [channels] };
  if ((steps3?.[along] ?? 1) !== 1) return void 0;
  return { reads: [0], outputs: [{ ids: channels.ids.slice(starts[along], ends[along]), axes: 1 }] };
}
function integers(value) {
  const data = constantValue(value)?.data;
  return data && Array.from(data, Number);
}
function regroup(node, at2) {
  const channels = at2.channels(node.input(0));
  const [before, after] = [at2.dims(node.input(0)), at2.dims(node.output())];
  if (!channels || !before || !after) return void 0;
  let [count2, axes] = [1, 0];
  while (axes + 1 < after.length && (axes === 0 || count2 < channels.ids.length)) count2 *= Number(after[++axes]);
  const rest = (dims, from) => dims.slice(from + 1).filter((dim) => dim !== 1);
  const same = rest(before, channels.axes).join() === rest(after, axes).join();
  const known = !rest(after, axes).includes(void 0);
  return count2 === channels.ids.length && same && known ? { reads: [0], outputs: [{ ids: channels.ids, axes }] } : void 0;
}
function transpose2(node, at2) {
  const channels = at2.channels(node.input(0));
  const dims = at2.dims(node.input(0));
  const permutation = node.attrInts("perm");
  if (!channels || !dims || !permutation) return void 0;
  const { axes, ids } = channels;
  const within = permutation.slice(1, axes + 1);
  if (permutation[0] !== 0 || within.some((axis) => axis < 1 || axis > axes)) return void 0;
  const sizes = dims.slice(1, axes + 1).map(Number);
  const strides = sizes.map((_, i) => sizeOf(sizes.slice(i + 1)));
  let order = [0];
  for (const axis of within) {
    order = order.flatMap(
      (offset) => Array.from({ length: sizes[axis - 1] }, (_, i) => offset + i * strides[axis - 1])
    );
  }
  return { reads: [0], outputs: [{ ids: order.map((index) => ids[index]), axes }] };
}

// src/quantize/recover/channel-sets.ts
var ChannelSets = class {
  #parents = [];
  #fixed = /* @__PURE__ */ new Set();
  /** Numbers for channels of which nothing is known yet. */
  add(count2) {
    const from = this.#parents.length;
    const added = Array.from({ length: count2 }, (_, i) => from + i);
    for (const channel of added) this.#parents.push(channel);
    return added;
  }
  /** The number that stands for a channel's set. */
  find(channel) {
    let root = channel;
    while (this.#parents[root] !== root) root = this.#parents[root];
    for (let at2 = channel; at2 !== root; ) {
      const next2 = this.#parents[at2];
      this.#parents[at2] = root;
      at2 = next2;
    }
    return root;
  }
  join(a, b) {
    a.forEach((channel, i) => {
      const [from, to] = [this.find(channel), this.find(b[i])];
      if (from === to) return;
      this.#parents[from] = to;
      if (this.#fixed.delete(from)) this.#fixed.add(to);
    });
  }
  /** Says that something reads or writes these channels as they are. */
  fix(channels) {
    for (const channel of channels) this.#fixed.add(this.find(channel));
  }
  isFixed(channel) {
    return this.#fixed.has(this.find(channel));
  }
};

// src/quantize/recover/gates.ts
var gateLength = 3;
function gateOf(product2) {
  if (product2.is("HardSwish")) return { x: product2.input(0), steps: [], product: product2 };
  if (!product2.is("Mul")) return void 0;
  for (const [x, end2] of [product2.inputs, product2.inputs.toReversed()]) {
    const steps3 = [];
    let node = end2.producer;
    while (node && steps3.length < gateLength && soleUse(node.output()) && isGateStep(node)) {
      const [input, ...others] = node.inputs.filter((value) => value && !constantValue(value));
      if (!input || others.length > 0) break;
      steps3.unshift(node);
      if (input === x && !steps3.every(isLinear)) return { x, steps: steps3, product: product2 };
      node = input.producer;
    }
  }
  return void 0;
}
function isGateStep(node) {
  if (node.is("Sigmoid", "HardSigmoid", "Clip")) return true;
  const constant = node.inputs.map((value) => constantValue(value)).find((tensor) => tensor !== void 0);
  return isLinear(node) && constant !== void 0 && sizeOf(constant.dims) === 1;
}
var isLinear = (node) => node.is("Add", "Mul");
function takeBack({ x, steps: steps3, product: product2 }, factors, rank4) {
  const { graph } = product2;
  const bent = steps3.findIndex((step) => !isLinear(step));
  const line = lineOver(steps3.slice(0, Math.max(0, bent)));
  const cut = steps3[bent] ?? product2;
  const own = lineOf(cut);
  const [slope, offset] = own ? [line.slope * own.slope, line.offset * own.slope + own.offset] : [line.slope, line.offset];
  const name = `${cut.name}_input`;
  const dims = [factors.length, 1, ...Array(rank4 - 2).fill(1)];
  const weight = { type: "float32", dims, data: factors.map((factor2) => factor2 * slope) };
  const bias = {
    type: "float32",
    dims: [factors.length],
    data: new Float32Array(factors.length).fill(offset)
  };
  const inputs = [x, graph.addInitializer(`${name}_weight`, weight), graph.addInitializer(`${name}_bias`, bias)];
  const attributes = { group: { int: factors.length } };
  const given = graph.addNode({ op: "Conv", name, inputs, attributes }).output();
  if (!own) {
    cut.setInput(
      cut.inputs.findIndex((value) => value && !constantValue(value)),
      given
    );
    return [given];
  }
  const bounds = [0, 1].map(
    (bound) => graph.addInitializer(`${name}_bound`, { type: "float32", dims: [], data: Float32Array.of(bound) })
  );
  if (cut !== product2) {
    for (const attribute of ["alpha", "beta"]) cut.setAttr(attribute, void 0);
    cut.op = "Clip";
    cut.setInputs([given, ...bounds]);
    return [given];
  }
  const gate = graph.addNode({ op: "Clip", name: `${name}_gate`, inputs: [given, ...bounds] }).output();
  product2.op = "Mul";
  product2.setInputs([x, gate]);
  return [given, gate];
}
function lineOver(steps3) {
  let line = { slope: 1, offset: 0 };
  for (const step of steps3) {
    const by = Number(step.inputs.map((value) => constantValue(value)).find((tensor) => tensor !== void 0).data[0]);
    line = step.is("Add") ? { ...line, offset: line.offset + by } : { slope: line.slope * by, offset: line.offset * by };
  }
  return line;
}

// src/quantize/recover/scalable.ts
var mostWeights = 2 ** 24;
function scalableLayer(node, side) {
  const weight = constantValue(node.input(1));
  if (!(weight?.data instanceof Float32Array) || node.attrInt("transA", 0) !== 0) return void 0;
  const layout = weightLayout(node, weight.dims);
  if (!layout || node.input(1).uses.length !== 1) return void 0;
  if (layout.outputs * layout.inputs / layout.groups > mostWeights) return void 0;
  const layer = { node, weights: weight.data, ...layout };
  const bias = node.input(2);
  if (side === "input" || !bias) return layer;
  const constant = constantValue(bias);
  return constant?.data instanceof Float32Array && constant.data.length === layout.outputs ? layer : void 0;
}
function multiplyConstant(node, index, factor2) {
  const old = node.input(index);
  const { data, dims } = constantValue(old);
  const tensor = { type: "float32", dims, data: data.map((x, i) => x * factor2(i)) };
  if (old.initializer && old.uses.length === 1 && !old.isGraphOutput) node.graph.setInitializer(old, tensor);
  else node.setInput(index, node.graph.addInitializer(old.name, tensor));
}

// src/quantize/recover/channels.ts
function mapChannels({ graph }, dimsOf3, through2) {
  const sets = new ChannelSets();
  const of = /* @__PURE__ */ new Map();
  const gates2 = through2 ? graph.nodes.flatMap((node) => gateOf(node) ?? []).filter(({ x }) => (dimsOf3(x)?.length ?? 0) > 2) : [];
  const gated = new Map(gates2.map(({ product: product2, x }) => [product2, x]));
  const inGates = new Set(gates2.flatMap(({ steps: steps3 }) => steps3));
  const [producers, consumers] = [[], []];
  const shifts = [];
  const reads = /* @__PURE__ */ new Map();
  const dims = (value) => value && dimsOf3(value);
  const at2 = {
    sets,
    dims,
    channels: (value) => channelsOf3(value, of, sets, dims(value)),
    gated: (product2) => gated.get(product2)
  };
  for (const node of graph.nodes) {
    const layer = scalableLayer(node, "output");
    if (layer) {
      producers.push(layer);
      of.set(node.output(), { ids: sets.add(layer.outputs), axes: 1 });
      continue;
    }
    const handed = inGates.has(node) ? void 0 : handedOn(node, at2);
    if (!handed) continue;
    reads.set(node, handed.reads);
    node.outputs.forEach((value, i) => {
      if (value && handed.outputs[i]) of.set(value, handed.outputs[i]);
    });
    if (handed.shift !== void 0) shifts.push({ node, index: handed.shift });
  }
  const allows = ({ node, index }, { axes }) => {
    if (node.graph !== graph) return false;
    const layer = index === 0 && axes === 1 ? scalableLayer(node, "input") : void 0;
    if (layer) consumers.push(layer);
    return layer !== void 0 || inGates.has(node) || (reads.get(node)?.includes(index) ?? false);
  };
  for (const [value, channels] of of) {
    const uses = value.uses.map((use) => allows(use, channels));
    if (value.isGraphOutput || uses.includes(false)) sets.fix(channels.ids);
  }
  return { sets, of, producers, consumers, gates: gates2, shifts };
}
function channelsOf3(value, of, sets, dims) {
  if (!value || constantValue(value)) return void 0;
  const known = of.get(value);
  const count2 = dims?.[1];
  if (known || typeof count2 !== "number") return known;
  const channels = { ids: sets.add(count2), axes: 1 };
  sets.fix(channels.ids);
  of.set(value, channels);
  return channels;
}

// src/quantize/recover/channel-factors.ts
var limits = [1 / 64, 64];
var exponents = [0, 0.25, 0.5, 0.75, 1].flatMap((p) => [0, 0.25, 0.5].map((q) => [p, q]));
var worth = { plain: 0.8, gated: 0.1 };
var rounds = 2;
var roundings = { plain: 1, gated: 3 };
var weightNoise = 0.3;
function channelFactors(map2, statistics) {
  const { sets, of } = map2;
  const setsOf = (value) => of.get(value).ids.map((id) => sets.find(id));
  const written2 = new Set(map2.producers.flatMap(({ node }) => setsOf(node.output())));
  const readers = Map.groupBy(map2.consumers, ({ node }) => node.input(0));
  const balanced = balances(map2).flatMap(({ values, way }) => {
    const seen = values.filter((value) => statistics.has(value));
    const own = [...new Set(seen.flatMap(setsOf))];
    const places = new Map(own.map((set, place) => [set, place]));
    const placesOf = (value) => Int32Array.from(setsOf(value), (set) => places.get(set));
    const tensors = seen.map((value) => ({ sets: placesOf(value), ...statistics.get(value) }));
    const reading = seen.flatMap(
      (value) => (readers.get(value) ?? []).map((layer) => readerOf(layer, placesOf(value)))
    );
    const isFree = own.map((set) => written2.has(set) && !sets.isFixed(set));
    const by = leastNoise({ tensors, readers: reading, isFree, statistics }, way);
    return by ? own.map((set, place) => [set, by[place]]) : [];
  });
  return new Map(balanced);
}
function leastNoise({ tensors, readers, isFree, statistics }, way) {
  const none = new Float64Array(isFree.length).fill(1);
  const [activations, weights] = [greatestOf(tensors, isFree.length), relativeWeights(readers, none)];
  const free = [...isFree.keys()].filter((set) => isFree[set] && activations[set] > 0 && weights[set] > 0);
  if (free.length < 2) return void 0;
  const ceilings = isFree.length > free.length ? rangesOf(tensors, isFree.length) : void 0;
  const least2 = (set) => ceilings ? activations[set] / ceilings[set] : 0;
  const balanced = (p, q, before, shares) => {
    const raw = free.map((set) => {
      const s = before[set];
      return s * (activations[set] / s) ** p / shares[set] ** q;
    });
    const mean = Math.exp(raw.reduce((sum2, s) => sum2 + Math.log(s), 0) / raw.length);
    const within = (factor2) => Math.min(Math.max(factor2, limits[0]), limits[1]);
    const by = none.slice();
    for (const [i, set] of free.entries()) by[set] = Math.max(within(raw[i] / mean), least2(set));
    return by;
  };
  const left = (by) => noise(readers, statistics, by, roundings[way]);
  const tried = exponents.flatMap(([p, q]) => {
    let by = none;
    return Array.from({ length: rounds }, (_, round) => {
      by = balanced(p, q, by, round === 0 ? weights : relativeWeights(readers, by));
      return { by, noise: left(by) };
    });
  });
  const best = tried.reduce((a, b) => b.noise < a.noise ? b : a);
  return best.noise > left(none) * worth[way] ? void 0 : best.by;
}
function readerOf({ node, weights, outputs, inputs, groups: groups2, outputOf: outputOf2, inputOf }, sets) {
  const read2 = inputs / groups2;
  const [greatest, square] = [new Float32Array(outputs * read2), new Float32Array(outputs * read2)];
  weights.forEach((x, i) => {
    const at2 = outputOf2(i) * read2 + inputOf(i) % read2;
    greatest[at2] = Math.max(greatest[at2], Math.abs(x));
    square[at2] += x * x;
  });
  return {
    value: node.input(0),
    sets,
    outputs,
    kernel: weights.length / greatest.length,
    greatest,
    square,
    firstOf: (output) => Math.floor(output * groups2 / outputs) * read2
  };
}
function greatestOf(tensors, count2) {
  const found2 = new Float64Array(count2);
  for (const { sets, greatest } of tensors) raise(found2, sets, (i) => greatest[i]);
  return found2;
}
function rangesOf(tensors, count2) {
  const found2 = new Float64Array(count2);
  for (const { sets, greatest } of tensors) {
    const range = greatest.reduce((a, b) => Math.max(a, b), 0);
    raise(found2, sets, () => range);
  }
  return found2;
}
function relativeWeights(readers, by) {
  const found2 = new Float64Array(by.length);
  for (const { sets, outputs, greatest, firstOf } of readers) {
    const read2 = greatest.length / outputs;
    for (let output = 0; output < outputs; output++) {
      const [first, row2] = [firstOf(output), output * read2];
      let range = 0;
      for (let i = 0; i < read2; i++) range = Math.max(range, greatest[row2 + i] * by[sets[first + i]]);
      for (let i = 0; range > 0 && i < read2; i++) {
        const set = sets[first + i];
        found2[set] = Math.max(found2[set], greatest[row2 + i] * by[set] / range);
      }
    }
  }
  return found2;
}
function raise(greatest, sets, of) {
  sets.forEach((set, i) => {
    greatest[set] = Math.max(greatest[set], of(i));
  });
}
function noise(readers, statistics, by, roundings2) {
  let sum2 = 0;
  for (const { value, sets, outputs, kernel, greatest, square, firstOf } of readers) {
    const activations = statistics.get(value);
    const factors = Float64Array.from(sets, (set) => by[set]);
    const range = factors.reduce((most4, factor2, i) => Math.max(most4, activations.greatest[i] / factor2), 0);
    const read2 = greatest.length / outputs;
    let [signal, ofActivations, ofWeights] = [0, 0, 0];
    for (let output = 0; output < outputs; output++) {
      const first = firstOf(output);
      let [weightRange, energy2] = [0, 0];
      for (let i = 0; i < read2; i++) {
        const [at2, factor2, power] = [output * read2 + i, factors[first + i], activations.square[first + i]];
        weightRange = Math.max(weightRange, greatest[at2] * factor2);
        energy2 += power / factor2 ** 2;
        signal += square[at2] * power;
        ofActivations += square[at2] * factor2 ** 2;
      }
      ofWeights += (2 * weightRange) ** 2 * energy2 * kernel;
    }
    if (signal > 0) sum2 += (range ** 2 * ofActivations * roundings2 + ofWeights * weightNoise) / signal;
  }
  return sum2;
}
function balances({ sets, of, gates: gates2 }) {
  const groups2 = new ChannelSets();
  const first = /* @__PURE__ */ new Map();
  const numbers3 = /* @__PURE__ */ new Map();
  for (const [value, { ids }] of of) {
    const [number3] = groups2.add(1);
    numbers3.set(value, number3);
    for (const set of ids.map((id) => sets.find(id))) {
      const other = first.get(set);
      if (other === void 0) first.set(set, number3);
      else groups2.join([number3], [other]);
    }
  }
  const entries = new Set(gates2.map(({ x }) => x));
  return [...Map.groupBy(of.keys(), (value) => groups2.find(numbers3.get(value))).values()].map((values) => ({
    values,
    way: values.some((value) => entries.has(value)) ? "gated" : "plain"
  }));
}

// src/quantize/recover/equalize.ts
function equalize(map2, statistics, dimsOf3) {
  const { sets, of, producers, consumers, shifts } = map2;
  const factors = channelFactors(map2, statistics);
  const factorOf = (channel) => factors.get(sets.find(channel)) ?? 1;
  const isScaled = (value) => of.get(value)?.ids.some((channel) => factorOf(channel) !== 1) ?? false;
  const factorsOf = (value) => of.get(value).ids.map(factorOf);
  for (const { node, outputOf: outputOf2 } of producers.filter((layer) => isScaled(layer.node.output()))) {
    const by = factorsOf(node.output());
    multiplyConstant(node, 1, (i) => 1 / by[outputOf2(i)]);
    if (node.input(2)) multiplyConstant(node, 2, (i) => 1 / by[i]);
  }
  for (const { node, inputOf } of consumers.filter((layer) => isScaled(layer.node.input(0)))) {
    const by = factorsOf(node.input(0));
    multiplyConstant(node, 1, (i) => by[inputOf(i)]);
  }
  for (const { node, index } of shifts.filter((shift) => isScaled(shift.node.output()))) {
    divideShift(node, index, factorsOf(node.output()), dimsOf3(node.output()).length);
  }
  const changed = [...of.keys()].filter(isScaled);
  const added = /* @__PURE__ */ new Map();
  for (const gate of map2.gates.filter(({ x }) => isScaled(x))) {
    const rank4 = dimsOf3(gate.x).length;
    for (const value of takeBack(gate, Float32Array.from(factorsOf(gate.x)), rank4)) added.set(value, gate.x);
  }
  return { changed: [...changed, ...added.keys()], added };
}
function divideShift(node, index, by, rank4) {
  const { name } = node.input(index);
  const { data } = constantValue(node.input(index));
  const divided = Float32Array.from(by, (s, c) => Number(data[data.length === 1 ? 0 : c]) * (1 / s));
  const dims = [by.length, ...Array(rank4 - 2).fill(1)];
  node.setInput(index, node.graph.addInitializer(name, { type: "float32", dims, data: divided }));
}

// src/quantize/recover/equalize-step.ts
var samples4 = 32;
async function equalizeChannels(run, recipe, through2) {
  const base = recipe.base.clone();
  const dimsOf3 = (value) => run.infos.get(value.name)?.dims;
  const map2 = mapChannels(base, dimsOf3, through2);
  const free = [...map2.of].filter(([, { ids, axes }]) => axes === 1 && ids.some((id) => !map2.sets.isFixed(id)));
  if (free.length === 0 || through2 && map2.gates.length === 0) return void 0;
  const found2 = await runTapped(run, recipe.base, { samples: run.spread(samples4), combine: "max" }, (graph, opset) => {
    const wanted = /* @__PURE__ */ new Map();
    for (const [{ name }] of free) {
      const value = graph.value(name);
      const others = axesBut(1, run.infos.get(name).dims.length);
      const magnitude = graph.addNode({ op: "Abs", name: `${name}_abs`, inputs: [value] }).output();
      const square = graph.addNode({ op: "Mul", name: `${name}_square`, inputs: [value, value] }).output();
      wanted.set(`greatest ${name}`, reduce(graph, "ReduceMax", magnitude, others, opset));
      wanted.set(`square ${name}`, reduce(graph, "ReduceMean", square, others, opset));
    }
    return wanted;
  });
  const statistics = new Map(
    free.map(([value]) => [
      value,
      { greatest: found2.get(`greatest ${value.name}`), square: found2.get(`square ${value.name}`) }
    ])
  );
  const { changed, added } = equalize(map2, statistics, dimsOf3);
  if (changed.length === 0) return void 0;
  for (const [value, like] of added) run.introduce(value.name, like.name);
  return { recipe: { ...recipe, base, exact: base }, changed: new Set(changed.map(({ name }) => name)) };
}

// src/quantize/static/choose.ts
var automatic = [
  "histogram",
  "moving-average",
  "absolute",
  "entropy",
  "percentile",
  "min-max"
];
var parts2 = 12;
var fineDb = 35;
var alike = 0.01;
var gain = 0.05;
async function chooseRanges(run, start) {
  const { observer } = run.request.options;
  const plan = run.plan(start);
  const statistics = await run.phase("calibrate", () => run.gather(plan, start.base));
  const roots = [...sourcesOf2(plan).keys()].map((value) => value.name);
  const names3 = observer !== "auto" ? [observer] : roots.length > 0 ? automatic : automatic.slice(0, 1);
  const parameters = new Map(names3.map((name) => [name, chooseParameters(plan, statistics, () => name)]));
  const candidate = (observers2, rival) => {
    const chosen = roots.map((root) => [root, parameters.get(observers2.get(root)).get(root)]);
    const recipe = { ...start, observers: observers2, parameters: new Map(chosen) };
    return run.measure(recipe, rival);
  };
  return run.phase("ranges", async () => {
    const stage = run.request.progress.stage("ranges", observer === "auto" ? void 0 : names3.length, "candidates");
    const uniform = [];
    for (const name of names3) {
      const rival = uniform.toSorted((a, b) => b.sqnrDb - a.sqnrDb)[0];
      stage.advance();
      uniform.push({ name, ...await candidate(new Map(roots.map((root) => [root, name])), rival) });
    }
    uniform.sort((a, b) => b.sqnrDb - a.sqnrDb);
    let best = uniform[0];
    const apart = observer === "auto" && roots.length > 1;
    const size = Math.ceil(roots.length / Math.round(parts2 * run.effort));
    for (let from = 0; apart && from < roots.length && best.sqnrDb < fineDb; from += size) {
      for (const { name } of uniform.slice(0, 4)) {
        const observers2 = new Map(best.recipe.observers);
        for (const root of roots.slice(from, from + size)) observers2.set(root, name);
        const same = (root) => {
          const [now, then] = [best.recipe.parameters.get(root), parameters.get(name).get(root)];
          return now.zeroPoint === then.zeroPoint && Math.abs(now.scale / then.scale - 1) < alike;
        };
        if (roots.slice(from, from + size).every(same)) continue;
        stage.advance();
        const tried = await candidate(observers2, best);
        if (tried.sqnrDb > best.sqnrDb + gain) best = tried;
      }
    }
    stage.done();
    return [best, ...uniform.filter(({ recipe }) => recipe !== best.recipe)];
  });
}
async function chooseAgain(run, recipe, rival) {
  return run.measure(await withRanges(run, recipe), rival);
}
var forChanged = ["histogram", "moving-average", "percentile", "min-max"];
async function chooseForChanged(run, { recipe, changed }, rival) {
  let best = await chooseAgain(run, recipe, rival);
  for (const observer of run.request.options.observer === "auto" ? forChanged : []) {
    const observers2 = new Map([...recipe.observers, ...[...changed].map((name) => [name, observer])]);
    const found2 = await chooseAgain(run, { ...recipe, observers: observers2 }, best.sqnrDb > rival.sqnrDb ? best : rival);
    if (found2.sqnrDb > best.sqnrDb + gain) best = found2;
  }
  return best;
}
async function withRanges(run, recipe) {
  const plan = run.plan(recipe);
  const statistics = await run.gather(plan, recipe.base);
  const { observer } = run.request.options;
  const usual = observer === "auto" ? "histogram" : observer;
  const observers2 = new Map(
    [...sourcesOf2(plan).keys()].map(({ name }) => [name, recipe.observers.get(name) ?? usual])
  );
  const parameters = chooseParameters(plan, statistics, (root) => observers2.get(root));
  return { ...recipe, observers: observers2, parameters };
}

// src/quantize/static/report-nodes.ts
var accounted = /* @__PURE__ */ new Set(["weighted", "recurrent", "elementwise", "activation", "pool"]);
function reportNodes(plan, rest = [], inner = noSubgraphs) {
  const remaining = /* @__PURE__ */ new Map();
  for (const { sites } of rest) {
    for (const { site, form, why } of sites) {
      if (remaining.get(site.label)?.quantized) continue;
      remaining.set(site.label, { quantized: form === "integer" || form === "table", why });
    }
  }
  const nodes = [];
  for (const { unit, mode, why } of plan.decisions.values()) {
    const kind = unit.operator?.kind;
    const other = mode === "integer" ? void 0 : remaining.get(unit.head.name);
    if (mode !== "integer" && !other && !(kind && accounted.has(kind))) continue;
    const kernel = unit.operator?.kernels[plan.target.kernels] ?? "";
    const quantized2 = mode === "integer" || other?.quantized === true;
    const reasons2 = other?.quantized ? [other.why] : [why, other?.why];
    const reason2 = mode === "integer" ? kernel : joined2(reasons2);
    for (const [node, op = node?.op] of [
      [unit.head, unit.operator?.op],
      [unit.biasAdd, "Add"],
      [unit.clamp]
    ]) {
      if (node) nodes.push({ node: node.name, op, quantized: quantized2, why: reason2 });
    }
  }
  nodes.push(...inner.branches.flatMap(({ result }) => result.nodes));
  for (const each of inner.left) {
    const other = remaining.get(each.node);
    if (other?.quantized) nodes.push({ ...each, ...other });
    else nodes.push({ ...each, why: joined2([each.why, other?.why]) });
  }
  return nodes;
}
var joined2 = (reasons2) => [...new Set(reasons2)].filter(Boolean).join("; ");

// src/quantize/static/speed.ts
import { join as join19 } from "node:path";
var clearlyFaster = 1 / 1.1;
var worthwhile2 = 0.95;
var reported = 3;
async function dropSlowIntegerNodes(run, start) {
  const slow = /* @__PURE__ */ new Map();
  if (run.request.target.name !== hostTargetName()) return { recipe: start, slow };
  let files = 0;
  const save = (candidate) => saved(run, run.emit(candidate).model, files++);
  let recipe = start;
  let without = withoutIntegers(run, recipe);
  let withoutPath;
  const bolder = { ...without, smallProducts: true };
  if (run.scalesAtRunTime(bolder) > run.scalesAtRunTime(without)) {
    const [contender2, rival2] = [await save(bolder), await save(without)];
    const gains = await beats(run, contender2, rival2, worthwhile);
    withoutPath = gains ? contender2 : rival2;
    if (gains) [recipe, without] = [{ ...recipe, smallProducts: true }, bolder];
  }
  if (integerHeads(run, recipe).length === 0) return { recipe, slow };
  const takeBack2 = (why) => {
    for (const head of integerHeads(run, recipe)) slow.set(head, why);
    return { recipe: { ...recipe, slowNodes: new Map([...recipe.slowNodes, ...slow]) }, slow };
  };
  let path = await save(recipe);
  const fast = await beats(run, path, run.preparedPath, clearlyFaster);
  if (fast && run.scalesAtRunTime(without) === 0) return { recipe, slow };
  withoutPath ??= await save(without);
  const enough2 = fast ? 1 / worthwhile2 : worthwhile2;
  const { ratio, contender, rival } = await race(run, withoutPath, path, { decides: enough2 });
  if (ratio < enough2) {
    const [before, after] = [rival, contender].map(Math.round);
    return takeBack2(`no faster in integers here (the whole model: ${before} us, ${after} us without)`);
  }
  if (fast) return { recipe, slow };
  const classes = unitClasses(run.plan(recipe));
  const stage = run.request.progress.stage("integer kernels against FP32", classes.length, "kinds of nodes");
  for (const { name, heads } of classes) {
    stage.advance();
    const left = heads.filter((head) => !slow.has(head));
    if (left.length === 0) continue;
    const candidate = {
      ...recipe,
      slowNodes: new Map([...recipe.slowNodes, ...left.map((head) => [head, ""])])
    };
    const other = await save(candidate);
    const found2 = await race(run, other, path, { decides: worthwhile2 });
    if (!(found2.ratio < worthwhile2)) continue;
    const [before, after] = [found2.rival, found2.contender].map(Math.round);
    const why = `slower in integers here (${name}: ${before} us, ${after} us with it in FP32)`;
    for (const head of left) slow.set(head, why);
    recipe = { ...recipe, slowNodes: new Map([...recipe.slowNodes, ...slow]) };
    path = other;
  }
  stage.done();
  if (await beats(run, path, withoutPath, worthwhile2)) return { recipe, slow };
  return takeBack2("the model as a whole is no faster in integers here");
}
function withoutIntegers(run, recipe, why = "no static integer kernels") {
  const taken = integerHeads(run, recipe).map((head) => [head, why]);
  return { ...recipe, slowNodes: new Map([...recipe.slowNodes, ...taken]) };
}
function integerHeads(run, recipe) {
  return [...run.plan(recipe).decisions.values()].flatMap(
    ({ unit, mode }) => mode === "integer" ? [unit.head.name] : []
  );
}
async function speedupOf2(run, model, decides) {
  if (run.request.target.name !== hostTargetName()) return void 0;
  const path = await saved(run, model, "candidate");
  const how = { generations: reported, decides: 1 / decides };
  return 1 / (await race(run, path, run.preparedPath, how)).ratio;
}
async function takesLess(run, contender, rival, part) {
  if (run.request.target.name !== hostTargetName()) return true;
  const path = await saved(run, run.emit(contender).model, "contender");
  return beats(run, path, await saved(run, run.emit(rival).model, "rival"), part);
}
async function saved(run, model, name) {
  const path = join19(run.request.workDir, `speed-${name}.onnx`);
  await saveScratch(model, path);
  return path;
}
async function beats(run, contender, rival, part) {
  return (await race(run, contender, rival, { decides: part })).ratio < part;
}
function race(run, contender, rival, how) {
  const { threads = 0, calibration } = run.request;
  const session = (model) => ({ model, provider: "cpu", threads });
  const feeds = { store: storeReference(calibration), samples: 1 };
  return run.worker.call(raceJob, {
    contender: session(contender),
    rival: session(rival),
    feeds,
    ...how
  });
}
function unitClasses(plan) {
  const integer = (unit) => unit !== void 0 && plan.decisions.get(unit)?.mode === "integer";
  const computing = plan.units.all.filter((unit) => integer(unit) && unit.operator?.kind !== "pass-through");
  const classes = [];
  const cores = computing.filter((unit) => unit.head.is("MatMul") && !unit.weight);
  if (cores.length > 0) {
    const softmax = computing.filter((unit) => unit.head.is("Softmax"));
    classes.push({ name: "attention products", heads: [...cores, ...softmax].map(({ head }) => head.name) });
  }
  const components = connected(plan, computing, integer);
  if (components.length > 1) {
    const alike2 = /* @__PURE__ */ new Map();
    for (const component of components) {
      const key2 = component.map(signature).join(";");
      alike2.set(key2, [...alike2.get(key2) ?? [], ...component]);
    }
    for (const units of alike2.values()) {
      classes.push({ name: `${units[0].head.op} ${units[0].head.name}`, heads: units.map(({ head }) => head.name) });
    }
  }
  const connecting = /* @__PURE__ */ new Map();
  for (const unit of computing) {
    if (unit.operator?.kind === "weighted") continue;
    connecting.set(unit.head.op, [...connecting.get(unit.head.op) ?? [], unit]);
  }
  for (const [op, units] of connecting)
    classes.push({ name: `every ${op}`, heads: units.map(({ head }) => head.name) });
  return classes;
}
function signature({ head, weight }) {
  return `${head.op}[${weight?.value.initializer?.dims ?? ""}]`;
}
function connected(plan, computing, integer) {
  const group = /* @__PURE__ */ new Map();
  const find = (unit) => {
    const next2 = group.get(unit) ?? unit;
    return next2 === unit ? unit : find(next2);
  };
  for (const unit of plan.units.all) {
    if (!integer(unit)) continue;
    for (const { value } of unit.inputs) {
      const producer = plan.units.producing(value);
      if (integer(producer)) group.set(find(unit), find(producer));
    }
  }
  const lists = /* @__PURE__ */ new Map();
  for (const unit of computing) lists.set(find(unit), [...lists.get(find(unit)) ?? [], unit]);
  return [...lists.values()];
}

// src/quantize/static/verify.ts
import { join as join20 } from "node:path";
var floatOperators = /* @__PURE__ */ new Set([
  ...operators2().flatMap(({ op, kind }) => kind === "pass-through" || kind === "float" ? [] : [op]),
  "FusedConv",
  "FusedGemm",
  "FusedMatMul"
]);
async function keepOnlyFused(run, recipe) {
  const { target, workDir, threads = 0 } = run.request;
  if (target.provider !== "cpu") return recipe;
  let current = recipe;
  for (let round = 0; round < 3; round++) {
    const { model, plan } = run.emit(current);
    const path = join20(workDir, "fusion.onnx");
    const optimizedModelPath = join20(workDir, "fusion-optimized.onnx");
    await saveScratch(model, path);
    const session = { model: path, provider: "cpu", threads, optimizedModelPath };
    await run.worker.call(loadJob, { session, release: true });
    const { graph } = await loadModel(optimizedModelPath);
    const floats2 = new Set(graph.nodes.filter(({ op }) => floatOperators.has(op)).map(({ name }) => name));
    const unfused = /* @__PURE__ */ new Map();
    for (const { unit, mode } of plan.decisions.values()) {
      if (mode !== "integer" || unit.operator?.kind === "pass-through" || !floats2.has(unit.head.name)) continue;
      unfused.set(unit.head.name, `ONNX Runtime did not fuse it into ${unit.operator?.kernels.cpu}`);
    }
    if (unfused.size === 0) break;
    current = { ...current, slowNodes: new Map([...current.slowNodes, ...unfused]) };
  }
  return current;
}

// src/quantize/static/static.ts
async function quantizeStatic(request) {
  const run = await StaticRun.start(request);
  try {
    return await quantize(run);
  } finally {
    await run.close();
  }
}
function staticKey({ name }, options) {
  const { observer, "per-channel": perChannel2, bits, recover: recover2, prefer, "keep-float": keepFloat } = options;
  return JSON.stringify([name, observer, perChannel2, bits, recover2, prefer, keepFloat]);
}
async function quantize(run) {
  const begin = performance.now();
  run.subgraphs = await quantizeBranches(run, quantizeStatic);
  const ranged = await run.phase("calibrate", () => withRanges(run, startingRecipe(run)));
  const fitted = await run.phase("kernels", () => keepWhatPays(run, ranged));
  const { recipe, sqnrDb } = hasChoice(run.request.options) ? await unlessUseless(run, fitted, await recoverBest(run, await chooseRanges(run, fitted))) : { recipe: await run.phase("ranges", () => withRanges(run, fitted)) };
  const { model, plan, rest, subgraphs } = run.emit(recipe);
  return {
    model,
    nodes: reportNodes(plan, rest, subgraphs),
    speed: speedFindings(run, recipe),
    notes: run.notes,
    seconds: (performance.now() - begin) / 1e3 + (run.phases["prepare"] ?? 0),
    phases: run.phases,
    ...sqnrDb !== void 0 && { sqnrDb },
    recipe
  };
}
function speedFindings({ subgraphs }, { slowNodes, smallProducts }) {
  const found2 = subgraphs.branches.flatMap(({ result }) => result.speed ?? []);
  return {
    slow: new Map([...slowNodes, ...found2.flatMap(({ slow }) => [...slow])]),
    smallProducts: smallProducts || found2.some((each) => each.smallProducts)
  };
}
var uselessDb = 10;
var clearlyNearer = 6;
var muchFaster = 1.25;
async function unlessUseless(run, fitted, found2) {
  const { prefer } = run.request.options;
  if (found2.sqnrDb >= uselessDb || prefer === "speed") return found2;
  return run.phase("ranges", async () => {
    const without = await run.measure(withoutIntegers(run, fitted, "ranges that are fixed beforehand do not fit it"));
    if (!(without.sqnrDb > found2.sqnrDb + clearlyNearer)) return found2;
    if (prefer !== "size" && await takesLess(run, found2.recipe, without.recipe, 1 / muchFaster)) return found2;
    run.notes.push(
      `With ranges that are fixed beforehand the outputs have a signal over noise of ${found2.sqnrDb.toFixed(1)} dB, without them ${without.sqnrDb.toFixed(1)} dB: only weights are integers, and products that find their scales at run time.`
    );
    return without;
  });
}
var hasChoice = ({ observer, recover: recover2 }) => observer === "auto" || recoverySteps(recover2).length > 0;
var fewLayers = 24;
var mostOthers = 4;
async function recoverBest(run, [first, ...others]) {
  const isSmall = integerLayers(run.plan(first.recipe)).length <= fewLayers && run.effort === 1;
  const attempt2 = async (start) => {
    const before = run.notes.length;
    const candidate = await recover(run, start);
    return { candidate, notes: run.notes.splice(before) };
  };
  let best = await attempt2(first);
  for (const start of isSmall ? others.slice(0, mostOthers) : []) {
    if (best.candidate.sqnrDb > fineDb) break;
    const found2 = await attempt2(start);
    if (found2.candidate.sqnrDb > best.candidate.sqnrDb + gain2) best = found2;
  }
  run.notes.push(...best.notes);
  return best.candidate;
}
async function recover(run, start) {
  let best = start;
  for (const step of recoverySteps(run.request.options.recover)) {
    best = await run.phase(`recover: ${step}`, () => improve(run, best, step));
  }
  return best;
}
async function keepWhatPays(run, start) {
  const known = run.request.speed;
  if (known) return { ...start, slowNodes: known.slow, smallProducts: known.smallProducts };
  const fused2 = await keepOnlyFused(run, start);
  if (run.request.options.prefer === "size") return fused2;
  const { recipe, slow } = await dropSlowIntegerNodes(run, fused2);
  if (slow.size === 0) return recipe;
  const { plan, rest, subgraphs } = run.emit(recipe);
  const names3 = reportNodes(plan, rest, subgraphs).flatMap(
    ({ node, quantized: quantized2 }) => slow.has(node) && !quantized2 ? [node] : []
  );
  if (names3.length > 0) {
    const more = names3.length > namedNodes ? ` and ${names3.length - namedNodes} more` : "";
    const weighted4 = [...plan.decisions.values()].some(({ unit }) => unit.weight && slow.has(unit.head.name));
    run.notes.push(
      `Computed in FP32 because integers are slower here: ${names3.slice(0, namedNodes).join(", ")}${more}.${weighted4 ? " Weights are stored as integers." : ""}`
    );
  }
  return recipe;
}
var namedNodes = 5;
function startingRecipe(run) {
  return {
    base: run.prepared,
    exact: run.prepared,
    observers: /* @__PURE__ */ new Map(),
    parameters: /* @__PURE__ */ new Map(),
    weightRange: firstRange(run.request.options.bits),
    // Ranges that were searched with balanced rounding cost MobileNetV2 two points more than those searched with nearest.
    rounding: "nearest",
    floatNodes: /* @__PURE__ */ new Map(),
    slowNodes: /* @__PURE__ */ new Map(),
    smallProducts: false,
    wideWeights: /* @__PURE__ */ new Set()
  };
}
var steps2 = ["equalize", "bias-absorption", "rounding", "weight-range", "bias-correction"];
function recoverySteps(recover2) {
  if (recover2 === "none") return [];
  return recover2 === "auto" ? steps2 : steps2.filter((step) => recover2.includes(step));
}
var needless = { equalize: 30, "bias-absorption": 25, "bias-correction": 35 };
var gain2 = 0.05;
async function improve(run, best, step) {
  if (run.request.options.recover === "auto" && best.sqnrDb > (needless[step] ?? Infinity)) return best;
  const found2 = await attempt(run, best, step);
  if (!found2 || !(found2.sqnrDb > best.sqnrDb + gain2)) return best;
  run.notes.push(
    `${step}: signal over noise at the outputs ${best.sqnrDb.toFixed(1)} -> ${found2.sqnrDb.toFixed(1)} dB.`
  );
  return found2;
}
async function attempt(run, best, step) {
  const { recipe } = best;
  switch (step) {
    case "equalize":
      return equalizeAgain(run, best);
    case "bias-absorption": {
      const made2 = await absorbBiases(run, recipe);
      if (!made2) return void 0;
      run.inherit(recipe.base, made2.recipe.base, made2.changed);
      return chooseAgain(run, made2.recipe, best);
    }
    case "weight-range":
      return recipe.weightRange === "mse" ? void 0 : run.measure({ ...recipe, weightRange: "mse" }, best);
    case "rounding":
      return roundAgain(run, best);
    case "bias-correction":
      return correctBiases(run, best);
    default:
      return void 0;
  }
}
var gates = { below: 25, gain: 1 };
async function equalizeAgain(run, start) {
  let best = start;
  for (const through2 of [void 0, "gates"]) {
    if (through2 && (best.sqnrDb > gates.below || run.request.options.prefer === "speed")) continue;
    const made2 = await equalizeChannels(run, best.recipe, through2);
    if (!made2) continue;
    run.inherit(best.recipe.base, made2.recipe.base, made2.changed);
    const found2 = await chooseForChanged(run, made2, best);
    if (found2.sqnrDb > best.sqnrDb + (through2 ? gates.gain : gain2)) best = found2;
  }
  return best;
}
async function roundAgain(run, best) {
  const balanced = { ...best.recipe, rounding: "balanced" };
  const widening = recoverySteps(run.request.options.recover).includes("weight-range") ? ["mse"] : [];
  const moments2 = await run.moments(balanced, [balanced.weightRange, ...widening]);
  const fitted = moments2.size > 0 ? await run.measure({ ...balanced, moments: moments2 }, best) : best;
  return fitted.sqnrDb > best.sqnrDb + clearGain ? fitted : better(fitted, await run.measure(balanced, fitted));
}
var clearGain = 0.5;
function better(a, b) {
  return b.sqnrDb > a.sqnrDb + gain2 ? b : a;
}

// src/train/qat.ts
import { existsSync as existsSync9 } from "node:fs";
import { mkdir as mkdir5, readFile as readFile9 } from "node:fs/promises";
import { join as join22 } from "node:path";

// src/train/student.ts
function innerOf(dims, axis) {
  return axis === void 0 ? dims.reduce((product2, dim) => product2 * dim, 1) : dims.slice(axis + 1).reduce((product2, dim) => product2 * dim, 1);
}
function parameterName(graph, tensor) {
  let name = `${tensor}.trained`;
  for (let count2 = 1; graph.names.has(name); count2++) name = `${tensor}.trained_${count2}`;
  return name;
}

// src/train/export.ts
function exportStudent(quantized2, student, trained) {
  const model = quantized2.clone();
  const { graph } = model;
  const value = (name) => graph.value(name);
  const read2 = (name) => {
    const data = trained.get(name);
    if (!data) throw new Error(`no trained values for '${name}'`);
    return data;
  };
  const scalesOf2 = (logScale) => read2(logScale).map((log) => Math.fround(Math.exp(log)));
  const setFloats = (name, data) => {
    const dims = value(name).initializer?.dims.map(Number) ?? [];
    graph.setInitializer(value(name), { type: "float32", dims, data });
  };
  for (const [scale, parameter] of student.scales) setFloats(scale, scalesOf2(parameter));
  for (const [scale, { parameter, factor: factor2 }] of student.multiples) {
    const [own] = scalesOf2(parameter);
    const count2 = Number(value(scale).initializer?.dims[0] ?? 1);
    setFloats(scale, new Float32Array(count2).fill(own * factor2));
  }
  for (const [name, parameter] of student.floats) setFloats(name, read2(parameter));
  for (const slot of student.weights) {
    const scales = scalesOf2(slot.logScale);
    setFloats(slot.scale, scales);
    const levels = roundWeight(read2(slot.weight), scales, slot);
    const { dims, zeroPoint } = slot;
    const proto = value(slot.integers).initializer;
    if (proto?.dataType === TensorProto_DataType.INT4) {
      graph.setInitializer(value(slot.integers), rawTensorProto(TensorProto_DataType.INT4, dims, packNibbles(levels)));
    } else if (proto?.dataType === TensorProto_DataType.UINT8) {
      const data = Uint8Array.from(levels, (level) => level + zeroPoint);
      graph.setInitializer(value(slot.integers), { type: "uint8", dims, data });
    } else graph.setInitializer(value(slot.integers), { type: "int8", dims, data: levels });
  }
  for (const slot of student.biases) {
    const activation = scalesOf2(slot.activationLogScale)[0];
    const weightScales = scalesOf2(slot.weightLogScale);
    const bias = read2(slot.bias);
    const scales = Float32Array.from(
      bias,
      (_, c) => activation * weightScales[weightScales.length === 1 ? 0 : c]
    );
    const stored2 = value(slot.scale).initializer?.dims.map(Number) ?? [];
    setFloats(slot.scale, stored2.length === 0 ? scales.slice(0, 1) : scales);
    const data = Int32Array.from(bias, (b, c) => clampInt32(roundHalfToEven(b / scales[c])));
    graph.setInitializer(value(slot.integers), { type: "int32", dims: [data.length], data });
  }
  return model;
}
function roundWeight(weight, scales, { dims, axis, low, high }) {
  const inner = innerOf(dims, axis);
  return Int8Array.from(weight, (w, i) => {
    const scale = scales[axis === void 0 ? 0 : Math.floor(i / inner) % scales.length];
    return Math.min(Math.max(roundHalfToEven(Math.fround(w / scale)), low), high);
  });
}
function clampInt32(value) {
  return Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1);
}

// src/train/training-plan.ts
import { join as join21 } from "node:path";

// src/train/blocks.ts
function findBlocks(student, teacherOf, outputs, weights = 3) {
  const { graph } = student.model;
  const kinds = new Map(student.parameters.map(({ name, kind }) => [name, kind]));
  const made2 = /* @__PURE__ */ new Map();
  for (const value of graph.inputs) {
    const kind = kinds.get(value.name);
    if (kind) made2.set(value, kind === "weight" ? [value.name] : []);
  }
  const tainted = /* @__PURE__ */ new Set();
  const remaining = /* @__PURE__ */ new Map();
  const live = /* @__PURE__ */ new Set();
  const blocks = [];
  let from;
  let own = /* @__PURE__ */ new Set();
  for (const node of graph.nodes) {
    const inputs = node.inputs.filter((value) => value !== void 0);
    if (!inputs.some((value) => tainted.has(value) || made2.has(value))) continue;
    const used = inputs.flatMap((value) => made2.get(value) ?? []);
    if (inputs.every((value) => made2.has(value) || value.initializer)) {
      for (const output of node.outputs) if (output) made2.set(output, used);
      continue;
    }
    for (const weight of used) own.add(weight);
    for (const input of inputs) {
      if (!live.has(input)) continue;
      const left = remaining.get(input) - 1;
      remaining.set(input, left);
      if (left === 0) live.delete(input);
    }
    for (const output of node.outputs) {
      if (!output) continue;
      tainted.add(output);
      const uses = output.uses.length + (output.isGraphOutput || outputs.has(output.name) ? 1 : 0);
      if (uses === 0) continue;
      remaining.set(output, uses);
      live.add(output);
    }
    const [only] = live;
    if (live.size !== 1 || !only || own.size < weights || only.isGraphOutput || outputs.has(only.name)) continue;
    const teacher = teacherOf(only);
    if (teacher === void 0) continue;
    const to = { value: only.name, teacher };
    blocks.push({ from, to });
    from = to;
    own = /* @__PURE__ */ new Set();
  }
  if (own.size > 0 || blocks.length === 0) blocks.push({ from, to: void 0 });
  else blocks.push({ from: blocks.pop().from, to: void 0 });
  return blocks;
}

// src/train/ends.ts
function sameIn(float2, student) {
  return (value) => {
    const quantized2 = student.floatNames.get(value.name);
    const name = quantized2 ?? value.name;
    const other = float2.graph.value(name);
    if (!other || other.initializer) return void 0;
    if (quantized2 !== void 0 || value.isGraphOutput) return name;
    const [own, theirs] = [value.producer, other.producer];
    return own?.op === theirs?.op && own?.inputs.length === theirs?.inputs.length ? name : void 0;
  };
}
function outputsOf(student, teacherOf) {
  const { graph } = student.model;
  const parameters = new Set(student.parameters.map(({ name }) => name));
  const dependent = /* @__PURE__ */ new Set();
  for (const node of graph.nodes) {
    if (!node.inputs.some((value) => value && (dependent.has(value) || parameters.has(value.name)))) continue;
    for (const value of node.outputs) if (value) dependent.add(value);
  }
  const ends = [];
  for (const output of graph.outputs) {
    const cast = output.staticInfo.type === "float16" && output.producer?.is("Cast");
    const value = cast ? output.producer.input(0) : output;
    const { type: type2 } = value.staticInfo;
    if (!dependent.has(value) || type2 !== void 0 && type2 !== "float32") continue;
    let end2 = value;
    if (end2.producer?.domain === "quant-gate" && end2.producer.input(0)?.producer?.is("Softmax")) {
      end2 = end2.producer.input(0);
    }
    const softmax = end2.producer?.is("Softmax", "LogSoftmax") ?? false;
    const logits = softmax ? end2.producer?.input(0) : void 0;
    const teacher = logits && teacherOf(logits);
    if (logits && teacher !== void 0) ends.push({ value: logits.name, teacher, softmax: true });
    else ends.push({ value: value.name, teacher: value.name, softmax: false });
  }
  return ends;
}
function isClassification(task, name, shapes, softmax) {
  const classes = shapes.get(name)?.at(-1) ?? 0;
  return softmax || classes > 1 && (task === "classification" || task === "language-model");
}

// src/train/float-model.ts
function floatModel(model) {
  const floats2 = (value) => {
    const data = constantValue(value)?.data;
    return data instanceof Float32Array ? data : void 0;
  };
  const byName2 = new Map(model.graph.nodes.map((node) => [node.name, node]));
  return {
    weight: (name) => floats2(model.graph.value(name)),
    bias(name, channels) {
      const node = byName2.get(name);
      const adding = node?.is("MatMul") ? node.output().consumers.find((each) => each.is("Add")) : node;
      const found2 = adding?.is("Add") ? floats2(adding.input(0)) ?? floats2(adding.input(1)) : floats2(adding?.is("Conv", "Gemm") ? adding.input(2) : void 0);
      if (found2) return found2.length === channels ? found2 : void 0;
      return adding?.is("Conv", "Gemm") && !adding.input(2) ? new Float32Array(channels) : void 0;
    }
  };
}
function gridsOf(target, bits) {
  const levels = ({ qmin, qmax, zeroPoint = 0 }) => ({
    low: qmin - zeroPoint,
    high: qmax - zeroPoint
  });
  return [
    weightGrid(target, bits),
    { type: "int8", qmin: -7, qmax: 7 },
    target.weight,
    target.dynamicWeight,
    ...target.depthwiseWeight ? [target.depthwiseWeight] : [],
    ...target.wideWeight ? [target.wideWeight] : [],
    { type: "int8", qmin: -128, qmax: 127 }
  ].map(levels);
}

// src/train/starting-point.ts
function startingPoint(float2, levels, { dims, axis, scales, low, high }) {
  const inner = innerOf(dims, axis);
  const known = float2?.length === levels.length ? float2 : void 0;
  return Float32Array.from({ length: levels.length }, (_, i) => {
    const scale = scales[axis === void 0 ? 0 : Math.floor(i / inner) % scales.length];
    const level = levels[i];
    if (!known) return level * scale;
    const weight = Math.min(Math.max(known[i], low * scale), high * scale);
    const rounded3 = Math.min(Math.max(roundHalfToEven(Math.fround(weight / scale)), low), high);
    return rounded3 === level ? weight : level * scale;
  });
}
function closeTo(initial, float2, { dims, axis, scales, low, high }) {
  if (initial.length !== float2.length) return void 0;
  const inner = innerOf(dims, axis);
  const clipped = float2.map((weight, i) => {
    const scale = scales[axis === void 0 ? 0 : Math.floor(i / inner) % scales.length];
    return Math.min(Math.max(weight, low * scale), high * scale);
  });
  const close = clipped.every((weight, i) => {
    const scale = scales[axis === void 0 ? 0 : Math.floor(i / inner) % scales.length];
    return Math.abs(weight - initial[i]) <= 2 * scale;
  });
  return close ? clipped : void 0;
}

// src/train/stored-integers.ts
function storedIntegers(value) {
  const stored2 = value?.producer?.is("Cast") ? value.producer.input(0) : value;
  const type2 = stored2?.initializer?.dataType;
  const integers2 = type2 === TensorProto_DataType.INT8 || type2 === TensorProto_DataType.UINT8 || type2 === TensorProto_DataType.INT4;
  return integers2 && (stored2 === value || type2 === TensorProto_DataType.INT4) ? stored2 : void 0;
}
function readOnce({ uses }) {
  const [use] = uses;
  return uses.length === 1 && (!use?.node.is("Cast") || use.node.output().uses.length === 1);
}
function integerWeights(graph) {
  const readers = (value) => value.consumers.flatMap(
    (node) => node.is("Cast", "Mul", "Transpose", "DequantizeLinear") ? readers(node.output()) : [node]
  );
  const integers2 = /* @__PURE__ */ new Set([TensorProto_DataType.INT8, TensorProto_DataType.UINT8, TensorProto_DataType.INT4]);
  return graph.initializers.filter(({ initializer }) => initializer && integers2.has(initializer.dataType) && initializer.dims.length > 1).flatMap((value) => readers(value).map((node) => ({ node, once: readOnce(value) }))).map(({ node: { name, op }, once: once2 }) => ({
    node: name,
    op: op === "MatMulInteger" ? "MatMul" : op,
    why: once2 ? `${op} has no gradient with integer weights` : "its integers are read in more than one way"
  }));
}

// src/train/make-student.ts
function makeStudent(quantized2, float2, grids2, batch) {
  return new Maker(quantized2.clone(), float2, grids2, batch).make();
}
var zeroPointInputs = { Pad: 2, Min: 1 };
var movers = ["Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Slice", "MaxPool", "Identity", "Split"];
var Maker = class {
  #graph;
  #student;
  #float;
  #grids;
  #batch;
  #weightOf = /* @__PURE__ */ new Map();
  /** Nodes of integers that work on floats now. */
  #onIntegers = /* @__PURE__ */ new Set();
  /** Value that is on an activation grid -> its scale's parameter. */
  #activationOf = /* @__PURE__ */ new Map();
  /** Names change where a value becomes a graph output, so they are read at the end. */
  #floatNames = /* @__PURE__ */ new Map();
  constructor(model, float2, grids2, batch) {
    this.#batch = batch;
    this.#graph = model.graph;
    this.#float = float2;
    this.#grids = [...grids2].sort((a, b) => a.high - a.low - (b.high - b.low));
    this.#student = {
      model,
      parameters: [],
      weights: [],
      biases: [],
      others: [],
      floats: /* @__PURE__ */ new Map(),
      scales: /* @__PURE__ */ new Map(),
      multiples: /* @__PURE__ */ new Map(),
      floatNames: /* @__PURE__ */ new Map()
    };
  }
  make() {
    const { nodes } = this.#graph;
    for (const node of nodes) if (node.is("QuantizeLinear")) this.#activation(node);
    for (const node of nodes) if (node.is("MatMulInteger")) this.#dynamicProduct(node);
    for (const node of nodes) if (node.is("Gather")) this.#table(node);
    for (const node of nodes) if (node.is("Mul")) this.#floatView(node);
    const dequantizers = this.#graph.nodes.filter((node) => node.is("DequantizeLinear"));
    for (const dq of dequantizers) this.#weight(dq);
    for (const dq of dequantizers) if (dq.inputs.length > 0) this.#bias(dq);
    for (const node of this.#graph.nodes) this.#floatBias(node);
    removeDeadCode(this.#student.model);
    this.#student.others.push(...integerWeights(this.#graph));
    for (const [value, name] of this.#floatNames) this.#student.floatNames.set(value.name, name);
    return this.#student;
  }
  #parameter(kind, wish2, dims, initial, float2) {
    const name = parameterName(this.#graph, wish2);
    const value = this.#graph.addInput({ name, type: "float32", dims });
    this.#student.parameters.push({ name, kind, dims, initial, ...float2 && { float: float2 } });
    return value;
  }
  /** Q -> DQ, or Q -> an operator on integers -> DQ. */
  #activation(q) {
    const graph = this.#graph;
    const [x, scaleValue, zeroValue] = [q.input(0), q.input(1), q.input(2)];
    const scale = constantValue(scaleValue)?.data;
    const zero = constantValue(zeroValue);
    if (scale?.length !== 1 || !zeroValue || zero?.type !== "uint8" && zero?.type !== "int8") return;
    let parameter = this.#student.scales.get(scaleValue.name);
    if (!parameter) {
      const logScale = Float32Array.of(Math.log(scale[0]));
      parameter = this.#parameter("activation-log-scale", `${scaleValue.name}.log`, [], logScale).name;
      this.#student.scales.set(scaleValue.name, parameter);
    }
    const floatName = q.name.replace(/_QuantizeLinear(_\d+)?$/, "");
    let output;
    if (this.#onGrid(x, parameter)) output = x;
    else {
      const zeroPoint = Number(zero.data[0]);
      const [qmin, qmax] = zero.type === "int8" ? [-128, 127] : [0, 255];
      output = graph.addNode({
        op: "FakeQuantActivation",
        domain: fakeQuantDomain,
        name: `${floatName}.fake`,
        inputs: [x, graph.value(parameter), zeroValue],
        attributes: { low: { float: qmin - zeroPoint }, high: { float: qmax - zeroPoint } }
      }).output();
      this.#floatNames.set(output, floatName);
    }
    this.#activationOf.set(output, parameter);
    this.#replaceDequantized(q.output(), output, scaleValue);
  }
  /** Everything behind an integer tensor up to DequantizeLinear works on floats now. */
  #replaceDequantized(integers2, float2, scale) {
    const graph = this.#graph;
    for (const { node, index } of integers2.uses) {
      if (node.is("DequantizeLinear")) {
        const { name } = node.output();
        const multiple = this.#multiple(float2, scale, node.input(1));
        graph.replaceAll(node.output(), multiple);
        graph.removeNode(node);
        if (multiple !== float2 && !graph.value(name)) graph.rename(multiple, name);
      } else {
        node.setInput(index, float2);
        const zero = zeroPointInputs[node.op];
        if (zero !== void 0 && node.input(zero)) {
          node.setInput(zero, graph.addInitializer("zero", { type: "float32", dims: [], data: new Float32Array(1) }));
        }
        if (this.#onIntegers.has(node)) continue;
        this.#onIntegers.add(node);
        const parameter = this.#activationOf.get(float2);
        if (parameter) this.#activationOf.set(node.output(), parameter);
        this.#replaceDequantized(node.output(), node.output(), scale);
      }
    }
  }
  /** What integers stand for where another scale than their own reads them. */
  #multiple(float2, scale, other) {
    const [own, read2] = [scale, other].map((value) => constantValue(value)?.data[0]);
    const parameter = this.#student.scales.get(scale.name);
    if (other === scale || typeof own !== "number" || typeof read2 !== "number" || !parameter) return float2;
    const graph = this.#graph;
    const factor2 = read2 / own;
    this.#student.multiples.set(other.name, { parameter, factor: factor2 });
    if (factor2 === 1) return float2;
    const constant = graph.addInitializer(`${other.name}.factor`, {
      type: "float32",
      dims: [],
      data: Float32Array.of(factor2)
    });
    return graph.addNode({ op: "Mul", name: `${other.name}.multiple`, inputs: [float2, constant] }).output();
  }
  /** Whether a value comes from the same grid, only moved: rounding it again would change nothing. */
  #onGrid(value, parameter) {
    let current = value;
    while (current && !this.#activationOf.has(current)) {
      const node = current.producer;
      current = node?.is(...movers) ? node.input(0) : void 0;
    }
    return current !== void 0 && this.#activationOf.get(current) === parameter;
  }
  /** DynamicQuantizeLinear -> MatMulInteger -> Cast -> Mul by both scales: a product of fake-quantized floats. */
  #dynamicProduct(product2) {
    const graph = this.#graph;
    const source2 = product2.input(0)?.producer;
    const cast = product2.output().uses[0]?.node;
    const scaled2 = cast?.is("Cast") ? cast.output().uses[0]?.node : void 0;
    const scales = scaled2?.inputs.map((value) => value?.producer).find((node) => node !== cast);
    if (!source2?.is("DynamicQuantizeLinear") || !scaled2?.is("Mul") || !scales?.is("Mul")) return;
    const [stored2, scale] = [storedIntegers(product2.input(1)), scales.inputs.find((value) => value?.initializer)];
    if (!stored2 || !scale) return;
    const axis = (stored2.initializer?.dims.length ?? 0) - 1;
    const slot = this.#slot(stored2, scale, constantValue(product2.input(3)), axis, [product2]);
    if (!slot) return;
    const x = source2.input(0);
    const fake = x.uses.map(({ node }) => node).find((node) => node.op === "FakeQuantDynamic");
    const input = fake ?? graph.addNode({
      op: "FakeQuantDynamic",
      domain: fakeQuantDomain,
      name: `${x.name}.fake`,
      inputs: [x],
      attributes: { samples: { int: this.#batch } }
    });
    const inputs = [input.output(), this.#fakeWeight(slot)];
    this.#replace(scaled2, graph.addNode({ op: "MatMul", name: `${product2.name}.float`, inputs }));
  }
  /** Gather of stored rows -> Cast -> Mul by their scales: rows of a fake-quantized table. */
  #table(gather2) {
    const stored2 = storedIntegers(gather2.input(0));
    const cast = gather2.output().uses[0]?.node;
    const scaled2 = cast?.is("Cast") ? cast.output().uses[0]?.node : void 0;
    if (!stored2 || !scaled2?.is("Mul") || gather2.attrInt("axis", 0) !== 0) return;
    const factor2 = scaled2.inputs.find((value) => value?.producer !== cast);
    const scale = factor2?.producer?.is("Gather") ? factor2.producer.input(0) : factor2;
    if (!scale?.initializer) return;
    const slot = this.#slot(stored2, scale, void 0, 0, [gather2]);
    if (!slot) return;
    const inputs = [this.#fakeWeight(slot), gather2.input(1)];
    this.#replace(scaled2, this.#graph.addNode({ op: "Gather", name: `${gather2.name}.float`, inputs }));
  }
  /** Lets a node stand where integers are scaled back, under the name of what they give. */
  #replace(scaled2, by) {
    const graph = this.#graph;
    const { name } = scaled2.output();
    graph.replaceAll(scaled2.output(), by.output());
    graph.removeNode(scaled2);
    if (!graph.value(name)) graph.rename(by.output(), name);
  }
  /** Cast -> Mul of integers that are only how a weight is stored. */
  #floatView(view) {
    const cast = view.input(0)?.producer;
    const [stored2, scale] = [cast?.is("Cast") ? storedIntegers(cast.input(0)) : void 0, view.input(1)];
    if (!stored2 || !scale?.initializer) return;
    const dims = scale.initializer.dims.map(Number);
    const rank4 = stored2.initializer?.dims.length ?? 0;
    const axis = dims.findIndex((dim) => dim > 1) + rank4 - dims.length;
    if (dims.filter((dim) => dim > 1).length > 1) return;
    const slot = this.#slot(stored2, scale, void 0, axis, view.output().consumers);
    if (!slot) return;
    this.#graph.replaceAll(view.output(), this.#fakeWeight(slot));
    this.#graph.removeNode(view);
  }
  /** DequantizeLinear of an initializer; packed ones come through Cast. */
  #weight(dq) {
    const stored2 = storedIntegers(dq.input(0));
    if (!stored2) return;
    if (dq.attrInt("block_size", 0) !== 0) return;
    const readers = dq.output().consumers;
    const slot = this.#slot(stored2, dq.input(1), constantValue(dq.input(2)), dq.attrInt("axis", 1), readers);
    if (!slot) return;
    const fake = this.#fakeWeight(slot);
    this.#graph.replaceAll(dq.output(), fake);
    this.#graph.removeNode(dq);
  }
  #fakeWeight(slot) {
    const graph = this.#graph;
    const fake = graph.addNode({
      op: "FakeQuant",
      domain: fakeQuantDomain,
      name: `${slot.weight}.fake`,
      inputs: [graph.value(slot.weight), graph.value(slot.logScale)],
      attributes: {
        low: { float: slot.low },
        high: { float: slot.high },
        ...slot.axis !== void 0 && { axis: { int: slot.axis } }
      }
    });
    this.#weightOf.set(fake.output(), slot);
    return fake.output();
  }
  #slot(stored2, scaleValue, zero, scaleAxis, readers) {
    const scale = constantValue(scaleValue);
    const proto = stored2.initializer;
    if (scale?.type !== "float32" || !readOnce(stored2) || scaleValue.uses.length !== 1) return void 0;
    const scales = scale.data;
    const zeroPoint = Number(zero?.data[0] ?? 0);
    if (zero && zero.data.some((value) => value !== zeroPoint)) return void 0;
    const dims = proto.dims.map(Number);
    const count2 = dims.reduce((product2, dim) => product2 * dim, 1);
    const levels = proto.dataType === TensorProto_DataType.INT4 ? unpackNibbles(tensorBytes2(proto), count2, true) : Int16Array.from(readTensor(proto).data, (level) => level - zeroPoint);
    const grid = this.#gridOf(levels);
    if (!grid) return void 0;
    const axis = scales.length > 1 ? scaleAxis < 0 ? scaleAxis + dims.length : scaleAxis : void 0;
    if (axis !== void 0 && dims[axis] !== scales.length) return void 0;
    const name = stored2.name.replace(/_(quantized|int4|quantized_int4)$/, "");
    const layout = { dims, axis, scales, ...grid };
    const float2 = this.#float.weight(name);
    const initial = startingPoint(float2, levels, layout);
    const weight = this.#parameter("weight", name, dims, initial, float2 && closeTo(initial, float2, layout));
    const shape = axis === void 0 ? [] : [scales.length];
    const logScale = this.#parameter("weight-log-scale", `${name}.log-scale`, shape, scales.map(Math.log));
    const slot = {
      integers: stored2.name,
      scale: scaleValue.name,
      weight: weight.name,
      logScale: logScale.name,
      axis,
      ...grid,
      zeroPoint,
      dims,
      nodes: readers.map((node) => ({ name: node.name, op: node.is("MatMulInteger") ? "MatMul" : node.op }))
    };
    this.#student.weights.push(slot);
    return slot;
  }
  /** The narrowest of the known grids that holds all levels. */
  #gridOf(levels) {
    let [low, high] = [0, 0];
    for (let i = 0; i < levels.length; i++) {
      low = Math.min(low, levels[i]);
      high = Math.max(high, levels[i]);
    }
    return this.#grids.find((grid) => grid.low <= low && high <= grid.high);
  }
  /** DequantizeLinear of int32, its scale the product of the scales of the node's first two inputs. */
  #bias(dq) {
    const stored2 = dq.input(0);
    if (stored2?.initializer?.dataType !== TensorProto_DataType.INT32) return;
    const uses = dq.output().uses;
    const [use] = uses;
    const input = use?.node.input(0);
    const activation = input && this.#parameterOf(input);
    const weight = use && this.#weightOf.get(use.node.input(1));
    const scaleValue = dq.input(1);
    if (uses.length !== 1 || !activation || !weight || stored2.uses.length !== 1 || scaleValue.uses.length !== 1) {
      for (const name2 of [activation, weight?.logScale]) {
        const parameter = this.#student.parameters.find((each) => each.name === name2);
        if (parameter) parameter.frozen = true;
      }
      return;
    }
    const integers2 = readTensor(stored2.initializer).data;
    const scales = constantValue(scaleValue)?.data;
    const rounded3 = Float32Array.from(integers2, (value, c) => value * scales[scales.length === 1 ? 0 : c]);
    const name = stored2.name.replace(/_quantized$/, "");
    const float2 = this.#float.bias(use.node.name, integers2.length);
    const bias = this.#parameter("bias", name, [integers2.length], rounded3, float2);
    const fake = this.#graph.addNode({
      op: "FakeQuantBias",
      domain: fakeQuantDomain,
      name: `${dq.name}.fake`,
      inputs: [bias, this.#graph.value(activation), this.#graph.value(weight.logScale)]
    });
    this.#student.biases.push({
      integers: stored2.name,
      scale: scaleValue.name,
      bias: bias.name,
      activationLogScale: activation,
      weightLogScale: weight.logScale
    });
    this.#graph.replaceAll(dq.output(), fake.output());
    this.#graph.removeNode(dq);
  }
  #parameterOf(value) {
    let current = value;
    while (current && !this.#activationOf.has(current)) {
      const node = current.producer;
      current = node?.is(...movers) ? node.input(0) : void 0;
    }
    return current && this.#activationOf.get(current);
  }
  /** Biases that stay float: of a convolution or Gemm, or added to a product. */
  #floatBias(node) {
    let at2;
    if (node.is("Conv", "Gemm", "ConvTranspose") && this.#weightOf.has(node.input(1))) at2 = 2;
    if (node.is("Add")) {
      const product2 = node.inputs.findIndex(
        (value2) => value2?.producer?.is("MatMul") && this.#weightOf.has(value2.producer.input(1))
      );
      if (product2 >= 0) at2 = 1 - product2;
    }
    const value = at2 === void 0 ? void 0 : node.input(at2);
    if (!value?.initializer || value.initializer.dataType !== TensorProto_DataType.FLOAT || value.uses.length !== 1) return;
    const { dims, data } = readTensor(value.initializer);
    const parameter = this.#parameter("bias", value.name, dims, Float32Array.from(data));
    this.#student.floats.set(value.name, parameter.name);
    node.setInput(at2, parameter);
  }
};

// src/train/rates.ts
var defaultRates = { weight: 0.03, weightScale: 2e-3, activationScale: 2e-3, bias: 2e-3 };
function learningRates(student, recipe = defaultRates) {
  const byName2 = new Map(student.parameters.map((parameter) => [parameter.name, parameter]));
  const result = /* @__PURE__ */ new Map();
  for (const { name, kind, initial } of student.parameters) {
    const rate = kind === "weight-log-scale" ? recipe.weightScale : kind === "activation-log-scale" ? recipe.activationScale : recipe.bias * rootMeanSquare(initial);
    result.set(name, { rates: Float32Array.of(rate), inner: initial.length });
  }
  for (const { weight, logScale, axis, dims } of student.weights) {
    const scales = byName2.get(logScale).initial.map(Math.exp);
    result.set(weight, { rates: scales.map((scale) => recipe.weight * scale), inner: innerOf(dims, axis) });
  }
  const weightOf = new Map(student.weights.map(({ logScale, weight }) => [logScale, weight]));
  for (const { bias, activationLogScale, weightLogScale } of student.biases) {
    const input = 64 * Math.exp(byName2.get(activationLogScale).initial[0]);
    const { initial } = byName2.get(weightOf.get(weightLogScale));
    const channels = byName2.get(bias).initial.length;
    const spread = input * rootMeanSquare(initial) * Math.sqrt(initial.length / channels);
    result.set(bias, { rates: Float32Array.of(recipe.bias * spread), inner: channels });
  }
  return result;
}
function rootMeanSquare(values) {
  return Math.sqrt(values.reduce((sum2, value) => sum2 + value * value, 0) / Math.max(values.length, 1));
}

// src/train/shapes.ts
async function recordShapes(model, request) {
  const { worker, store, samples: samples5, axes, path } = request;
  const everything2 = model.clone();
  const { graph } = everything2;
  const inputs = inputShapes(store, samples5, axes);
  fixInputs(graph, inputs);
  for (const node of graph.nodes) {
    for (const value of node.outputs) if (value && !value.isGraphOutput) graph.addOutput(value);
  }
  await saveScratch(everything2, path);
  const { shapes, numbers: numbers3 } = await worker.call(shapesJob, {
    session: { model: path, provider: "cpu", threads: 0, optimization: "disabled", keepQdq: true },
    store: storeReference(store),
    samples: samples5,
    axes,
    fromShapes: fromShapes(model.graph)
  });
  return {
    shapes: new Map([...Object.entries(shapes), ...inputs]),
    numbers: new Map(Object.entries(numbers3))
  };
}
function fromShapes(graph) {
  const found2 = /* @__PURE__ */ new Set();
  for (const node of graph.nodes) {
    const inputs = node.inputs.filter((value) => value !== void 0);
    const known = inputs.length > 0 && inputs.every((value) => found2.has(value) || isPlain(value));
    if ((!known || node.subgraphs.length > 0) && !node.is("Shape", "Size")) continue;
    for (const value of node.outputs) if (value) found2.add(value);
  }
  const isRead = (value) => value.uses.some(({ node }) => !node.outputs.some((output) => output && found2.has(output)));
  return [...found2].filter((value) => !value.isGraphOutput && isRead(value)).map(({ name }) => name);
}
function isPlain({ initializer }) {
  if (!initializer) return false;
  const { dataType, dims } = initializer;
  return dataType === TensorProto_DataType.INT64 || dataType === TensorProto_DataType.BOOL || dims.every((dim) => dim === 1n);
}
function inputShapes(store, samples5, axes) {
  const first = store.samples[samples5[0]];
  if (!first) throw new Error("a batch of no samples");
  return new Map(
    Object.entries(first.inputs).map(([name, { dims }]) => [
      name,
      dims.map((dim, axis) => axis === axes[name] ? dim * samples5.length : dim)
    ])
  );
}
function fixInputs(graph, shapes) {
  for (const value of graph.inputs) {
    const { type: type2 } = value.staticInfo;
    const dims = shapes.get(value.name);
    if (!value.info || !type2 || !dims) continue;
    value.info.type = makeTypeProto(type2, dims);
  }
  for (const value of graph.values) if (!value.isGraphInput && value.info) delete value.info.type;
  graph.touch();
}
function constantShapes(model, { numbers: numbers3 }) {
  const { graph } = model;
  for (const [name, tensor] of numbers3) {
    const value = graph.value(name);
    if (value) graph.replaceUses(value, graph.addInitializer(`${name}.constant`, tensor));
  }
  removeDeadCode(model);
}
function samplesOfOneShape(store) {
  const groups2 = /* @__PURE__ */ new Map();
  store.samples.forEach(({ inputs }, index) => {
    const key2 = shapeKey(inputs);
    const group = groups2.get(key2);
    if (group) group.push(index);
    else groups2.set(key2, [index]);
  });
  return [...groups2.values()].reduce((a, b) => b.length > a.length ? b : a, []);
}
function samplesShapedLike(store, like, sample) {
  const wanted = shapeKey(like.samples[sample].inputs);
  return store.samples.flatMap(({ inputs }, index) => shapeKey(inputs) === wanted ? [index] : []);
}

// src/train/training-plan.ts
async function planTraining(request, start, worker, workDir) {
  const { calibration, training, task, target, options, recipe } = request;
  const float2 = start.recipe.exact.clone();
  const quantized2 = start.model.clone();
  for (const model of [float2, quantized2]) upgradeOpset(model, trainingOpset);
  const samples5 = samplesOfOneShape(calibration);
  const { batch, recorded, shapesOf: shapesOf2 } = await chooseBatch(request, quantized2, samples5, worker, workDir);
  const { shapes } = recorded;
  const ofFloat = await shapesOf2(float2);
  const floatShapes = ofFloat.shapes;
  const student = makeStudent(quantized2, floatModel(float2), gridsOf(target, options.bits), batch);
  constantShapes(student.model, recorded);
  constantShapes(float2, ofFloat);
  const teacherOf = sameIn(float2, student);
  const ends = outputsOf(student, teacherOf);
  if (ends.length === 0) return void 0;
  const classes = ends.length === 1 && isClassification(task, ends[0].value, shapes, ends[0].softmax);
  const labelled2 = training?.samples.some(({ label }) => label?.kind === "class") ?? false;
  const temperature = recipe?.temperature ?? 1;
  const blockLoss = classes ? { kind: "kl", temperature } : { kind: "mse" };
  const wholeLoss = classes && labelled2 ? { kind: "kl", temperature, labels: recipe?.labels ?? 0.5 } : blockLoss;
  const to = ends.map(({ value }) => value);
  const teacherTo = ends.map(({ teacher }) => teacher);
  const untrained2 = /* @__PURE__ */ new Map();
  const trained = /* @__PURE__ */ new Set();
  const note = (program2) => {
    for (const name of program2.trained) trained.add(name);
    for (const [name, error] of program2.untrained) untrained2.set(name, `${error.message} (node ${error.node})`);
  };
  const atOnce = recipe?.stepsAtOnce ?? (request.device && request.device !== "cpu" ? deviceSteps : 1);
  const rates = learningRates(student, recipe?.rates);
  const save = (name, program2, teacher) => savePart({ workDir, name, program: program2, teacher, rates, atOnce });
  const parts3 = [];
  const blocks = findBlocks(student, teacherOf, new Set(to));
  for (const [at2, { from, to: end2 }] of blocks.entries()) {
    const program2 = buildProgram({
      student,
      from: from ? [from.value] : [],
      to: end2 ? [end2.value] : to,
      loss: end2 ? { kind: "mse" } : blockLoss,
      shapes
    });
    note(program2);
    const teacher = cutModel(float2, from ? [from.teacher] : [], end2 ? [end2.teacher] : teacherTo, floatShapes);
    const part = await save(`block-${at2 + 1}-of-${blocks.length}`, program2, teacher);
    parts3.push({ ...part, cut: from?.value, teacherCut: from?.teacher });
  }
  const program = buildProgram({ student, from: [], to, loss: wholeLoss, shapes });
  note(program);
  const whole = await save("end-to-end", program, cutModel(float2, [], teacherTo, floatShapes));
  const count2 = Math.floor(samples5.length / batch);
  const heldBack = Math.min(Math.max(1, Math.round(count2 / 5)), Math.max(1, Math.ceil(256 / batch)));
  const weights = student.weights.filter(({ weight }) => trained.has(weight)).length;
  const preflight = [
    `Training ${weights} of ${student.weights.length + student.others.length} quantized weights in ${blocks.length} blocks and end to end, at batch ${batch} on ${(count2 - heldBack) * batch} samples with ${heldBack * batch} held back; about ${Math.round(stepMemory(valueBytes(shapes)) / 2 ** 20)} MB.`
  ];
  if (samples5.length < calibration.samples.length) {
    preflight.push(
      `${calibration.samples.length - samples5.length} calibration samples of other shapes are not trained on.`
    );
  }
  for (const message of new Set(untrained2.values())) preflight.push(`Not trained through: ${message}.`);
  return {
    student,
    parts: parts3,
    whole,
    distance: classes ? "kl" : "mse",
    batch,
    heldBack,
    samples: samples5,
    trainingSamples: labelled2 && training ? samplesShapedLike(training, calibration, samples5[0]) : void 0,
    rates,
    trained,
    untrained: untrained2,
    preflight
  };
}
async function chooseBatch({ calibration, recipe }, model, samples5, worker, workDir) {
  const axes = batchAxes(model.graph.infos("inputs"));
  const fixed = fixedBatch(model, axes);
  let batch = fixed ?? recipe?.batch ?? largestBatch(samples5.length);
  if (samples5.length < batch * 2) {
    throw new UserError(
      `Level 3 needs calibration samples of one shape to train on and to hold back: at least ${batch * 2}, there are ${samples5.length}. Give more, or bring them to one size (crop, length, padding: max-length).`
    );
  }
  const shapesOf2 = (of) => recordShapes(of, {
    worker,
    store: calibration,
    samples: samples5.slice(0, batch),
    axes,
    path: join21(workDir, "shapes.onnx")
  });
  let recorded = await shapesOf2(model).catch((error) => {
    if (batch === 1 || fixed !== void 0 || !isJobError(error)) throw error;
    batch = 1;
    return shapesOf2(model);
  });
  while (batch > 1 && fixed === void 0 && valueBytes(recorded.shapes) > stepBytes) {
    batch = Math.floor(batch / 2);
    recorded = await shapesOf2(model);
  }
  return { batch, recorded, shapesOf: shapesOf2 };
}
async function savePart({ workDir, name, program, teacher, rates, atOnce }) {
  const path = (kind) => join21(workDir, `${name}-${kind}.onnx`);
  await saveScratch(program.forward, path("forward"));
  if (program.backward) await saveScratch(program.backward, path("backward"));
  await saveScratch(teacher.model, path("teacher"));
  const steps3 = program.backward ? Math.min(atOnce, stepsThatFit(program)) : 1;
  if (steps3 > 1) await saveScratch(loopProgram(program, rates), path("loop"));
  const { inputs, outputs, parameters, trained, gradients, targets: targets2, labels } = program;
  return {
    name,
    forward: path("forward"),
    backward: program.backward && path("backward"),
    ...steps3 > 1 && { loop: { model: path("loop"), steps: steps3 } },
    teacher: path("teacher"),
    inputs,
    cut: void 0,
    outputs,
    parameters,
    trained,
    gradients,
    targets: targets2,
    labels,
    teacherInputs: teacher.inputs,
    teacherCut: void 0,
    teacherOutputs: teacher.outputs
  };
}

// src/train/qat.ts
var nearEnough = 1e-4;
var cacheBytes = 512 * 2 ** 20;
async function quantizeQat(request) {
  const begin = performance.now();
  const workDir = join22(request.workDir, "training");
  await mkdir5(workDir, { recursive: true });
  const start = await levelTwo(request, workDir);
  const began = performance.now();
  const worker = await WorkerProcess.start({ runtime: request.runtime, label: "training", ...frugal });
  try {
    const plan = await planTraining(request, start, worker, workDir);
    if (!plan) return untrained(start, (performance.now() - begin) / 1e3);
    for (const line of plan.preflight) request.progress.note(line);
    const result = await train(request, plan, worker, workDir, began);
    const valuesOf = (parameters2) => new Map(Object.entries(parameters2));
    const parameters = valuesOf(result.parameters);
    const write = (values) => exportStudent(start.model, plan.student, values);
    const training = trainingReport(plan, result, (performance.now() - began) / 1e3);
    const notes = [...start.notes, ...plan.preflight, ...result.notes, outcome2(plan.distance, result)];
    return {
      model: result.improved ? write(parameters) : start.model,
      nodes: start.nodes,
      ...start.speed && { speed: start.speed },
      notes,
      seconds: (performance.now() - begin) / 1e3,
      training,
      parameters,
      ...result.blocks && { blocks: write(valuesOf(result.blocks)) },
      distance: { kind: plan.distance, before: result.before, after: result.after }
    };
  } finally {
    await worker.close();
  }
}
function untrained({ model, nodes, speed: speed2, notes }, seconds2) {
  const inside = model.graph.nodes.some(
    (node) => node.subgraphs.some((graph) => [...graph.allNodes()].some((inner) => inner.is("QuantizeLinear")))
  );
  const why = `Nothing was trained: ${inside ? "what runs in integers is in the branches of an If, which are not trained." : "no output depends on a weight that a static integer kernel reads."} The file is that of Level 2.`;
  return {
    model,
    nodes,
    ...speed2 && { speed: speed2 },
    notes: [...notes, why],
    seconds: seconds2,
    training: { steps: 0, seconds: 0, trainedNodes: 0, untrained: [], tiers: [] },
    parameters: /* @__PURE__ */ new Map(),
    distance: { kind: "mse", before: Number.NaN, after: Number.NaN }
  };
}
async function levelTwo(request, workDir) {
  const path = (name) => join22(workDir, name);
  const key2 = startKey(request);
  if (request.resume && existsSync9(path("start.json"))) {
    const { key: theirs, speed: speed3, ...kept2 } = JSON.parse(await readFile9(path("start.json"), "utf8"));
    if (theirs === key2) {
      const exact3 = await loadModel(path("exact.onnx"));
      const model = await loadModel(path("level2.onnx"));
      return { ...kept2, ...speed3 && { speed: { ...speed3, slow: new Map(speed3.slow) } }, model, recipe: { exact: exact3 } };
    }
    request.progress.note(
      "The training that was interrupted was of another model, policy or data: this one starts at the beginning."
    );
  }
  const start = request.start ?? await quantizeStatic({ ...request, workDir: join22(request.workDir, "level2") });
  await saveModel(start.model, path("level2.onnx"));
  await saveModel(start.recipe.exact, path("exact.onnx"));
  const { nodes, notes, seconds: seconds2, speed: speed2 } = start;
  const stored2 = {
    key: key2,
    nodes,
    notes,
    seconds: seconds2,
    ...speed2 && { speed: { ...speed2, slow: [...speed2.slow] } }
  };
  await writeAtomic(path("start.json"), JSON.stringify(stored2));
  return start;
}
function startKey({ model, target, options, calibration, seed }) {
  return sha256(JSON.stringify([sha256(modelToBytes(model)), staticKey(target, options), calibration.digest, seed]));
}
async function train(request, plan, worker, workDir, began) {
  const { calibration, training, options, progress, seed, threads = 0, recipe, resume = false } = request;
  const { student, trainingSamples } = plan;
  const slots = new Map(student.weights.map((slot) => [slot.weight, slot]));
  const stage = progress.stage("train");
  let reported2 = 0;
  const result = await worker.call(
    trainJob,
    {
      parts: plan.parts,
      whole: plan.whole,
      parameters: student.parameters.map(({ name, dims, initial, float: float2 }) => {
        const slot = slots.get(name);
        const levels = slot && { low: slot.low, high: slot.high, logScale: slot.logScale };
        return { name, dims, initial, ...plan.rates.get(name), ...float2 && { float: float2 }, ...levels && { levels } };
      }),
      data: { store: storeReference(calibration), digest: calibration.digest, samples: plan.samples },
      ...training && trainingSamples && trainingSamples.length >= plan.batch && {
        training: { store: storeReference(training), digest: training.digest, samples: trainingSamples }
      },
      inputs: student.model.graph.infos("inputs").filter(({ name }) => name in (calibration.samples[0]?.inputs ?? {})),
      batch: plan.batch,
      heldBack: plan.heldBack,
      session: { provider: "cpu", threads, keepQdq: true },
      ...request.device && { device: request.device },
      seed,
      budgetMs: options.budget,
      spentMs: performance.now() - began,
      steps: recipe?.steps ?? usualSteps,
      wholeFactor: recipe?.wholeFactor ?? 0.3,
      distance: plan.distance,
      enough: recipe?.enough ?? nearEnough,
      workDir,
      resume,
      keepBlocks: recipe?.keepBlocks ?? false,
      checkpointMs: recipe?.checkpointMs ?? 1e4,
      cacheBytes
    },
    {
      onProgress: (done, total, detail) => {
        stage.advance(done - reported2, `of ${total} steps: ${detail ?? ""}`);
        reported2 = done;
      }
    }
  );
  stage.done();
  return result;
}
function trainingReport(plan, result, seconds2) {
  const nodes = (slots) => slots.flatMap((slot) => slot.nodes);
  const { student, trained, untrained: untrained2 } = plan;
  return {
    steps: result.steps,
    seconds: seconds2,
    trainedNodes: nodes(student.weights.filter(({ weight }) => trained.has(weight))).length,
    untrained: [
      ...student.weights.filter(({ weight }) => !trained.has(weight)).flatMap(
        (slot) => slot.nodes.map((node) => ({
          node: node.name,
          op: node.op,
          why: untrained2.get(slot.weight) ?? "the outputs do not depend on it"
        }))
      ),
      ...student.others
    ],
    tiers: result.tiers.map(({ name, lossBefore, lossAfter, kept: kept2 }) => ({ name, lossBefore, lossAfter, kept: kept2 }))
  };
}
function outcome2(kind, { before, after, steps: steps3, improved }) {
  const what = kind === "kl" ? "KL divergence from FP32" : "squared error over the energy of FP32";
  const numbers3 = `${what} on held-back calibration data: ${before.toPrecision(3)} before`;
  if (improved) return `${numbers3}, ${after.toPrecision(3)} after ${steps3} training steps`;
  return steps3 === 0 ? `${numbers3}; nothing was trained, so Level 2's parameters are kept` : `${numbers3}; training did not bring it down clearly, so Level 2's parameters are kept`;
}

// src/train/user-training.ts
import { mkdir as mkdir6, rm as rm2, stat as stat4 } from "node:fs/promises";
import { resolve as resolve6 } from "node:path";

// src/onnx/passes/dequantize-late.ts
var movers2 = ["Flatten", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "MaxPool"];
function dequantizeLate(model) {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const node of graph.nodes) {
      const dq = node.input(0)?.producer;
      if (!dq?.is("DequantizeLinear") || dq.graph !== graph || node.outputs.length !== 1) continue;
      const axis = axisBehind(node, dq, model.opset());
      if (axis === void 0) continue;
      behind(graph, node, dq, axis);
      if (dq.output().isUnused && !dq.output().isGraphOutput) graph.removeNode(dq);
      modified = true;
    }
  }
  return { model, modified };
}
function axisBehind(node, dq, opset) {
  const [scale, zero] = [constantValue(dq.input(1)), constantValue(dq.input(2))];
  if (!scale || dq.attrInt("block_size", 0) !== 0) return void 0;
  if (zero?.type !== "uint8" && zero?.type !== "int8") return void 0;
  if (scale.dims.length === 0) {
    if (node.is("Relu")) return opset >= 12 ? 0 : void 0;
    return node.is(...movers2) && (opset >= 12 || !node.is("MaxPool")) ? 0 : void 0;
  }
  const perm = node.is("Transpose") ? node.attrInts("perm") : void 0;
  const axis = dq.attrInt("axis", 1);
  if (!perm) return void 0;
  return perm.indexOf(axis < 0 ? axis + perm.length : axis);
}
function behind(graph, node, dq, axis) {
  const [integers2, scale, zero] = dq.inputs;
  const inputs = node.is("Relu") ? [integers2, zero] : [integers2, ...node.inputs.slice(1)];
  const moved = graph.addNode({ op: node.is("Relu") ? "Clip" : node.op, name: node.name, inputs });
  moved.proto.attribute = node.proto.attribute;
  moved.proto.name = node.name;
  const follower = graph.addNode({
    op: "DequantizeLinear",
    name: `${node.name || node.op}_DequantizeLinear`,
    inputs: [moved.output(), scale, zero],
    attributes: scale.initializer?.dims.length ? { axis: { int: axis } } : {}
  });
  const { name } = node.output();
  graph.replaceAll(node.output(), follower.output());
  graph.removeNode(node);
  if (!graph.value(name)) graph.rename(follower.output(), name);
}

// src/onnx/passes/fold-quantized-constants.ts
function foldQuantizedConstants(model) {
  const { graph } = model;
  let modified = false;
  for (const node of graph.nodes) {
    if (!node.is("QuantizeLinear") || node.output().isGraphOutput || node.attrInt("block_size", 0) !== 0) continue;
    const folded = quantized(node);
    if (!folded) continue;
    const source2 = node.input(0)?.name ?? "weight";
    const stored2 = graph.addInitializer(`${source2}_quantized`, folded);
    graph.replaceAll(node.output(), stored2);
    graph.removeNode(node);
    modified = true;
  }
  return { model, modified };
}
function quantized(node) {
  const [x, scale, zero] = [constantValue(node.input(0)), constantValue(node.input(1)), constantValue(node.input(2))];
  if (x?.type !== "float32" || scale?.type !== "float32" || node.input(2) && !zero) return void 0;
  const type2 = zero?.type ?? "uint8";
  if (type2 !== "uint8" && type2 !== "int8") return void 0;
  const [low, high] = type2 === "int8" ? [-128, 127] : [0, 255];
  const rank4 = x.dims.length;
  const given = node.attrInt("axis", 1);
  const axis = given < 0 ? given + rank4 : given;
  const scales = scale.data;
  if (scales.length > 1 && x.dims[axis] !== scales.length) return void 0;
  const inner = scales.length > 1 ? x.dims.slice(axis + 1).reduce((product2, dim) => product2 * dim, 1) : x.data.length;
  const zeros = zero?.data;
  const data = type2 === "int8" ? new Int8Array(x.data.length) : new Uint8Array(x.data.length);
  const values = x.data;
  for (let i = 0; i < data.length; i++) {
    const channel = scales.length > 1 ? Math.floor(i / inner) % scales.length : 0;
    const level = roundHalfToEven2(Math.fround(values[i] / scales[channel]));
    const offset = zeros ? zeros[zeros.length > 1 ? channel : 0] : 0;
    data[i] = Math.min(Math.max(level + offset, low), high);
  }
  return { type: type2, dims: x.dims, data };
}
function roundHalfToEven2(x) {
  const rounded3 = Math.round(x);
  return rounded3 - x === 0.5 && rounded3 % 2 !== 0 ? rounded3 - 1 : rounded3;
}

// src/onnx/passes/remove-idle-clips.ts
var grids = { uint8: [0, 255], int8: [-128, 127], uint16: [0, 65535], int16: [-32768, 32767] };
function removeIdleClips(model) {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const node of graph.nodes) {
      const range = rangeOf3(node);
      if (!range || node.output().isGraphOutput || node.output().isUnused) continue;
      if (!node.output().uses.every((use) => use.index === 0 && cutsOff(use.node, range))) continue;
      graph.replaceAll(node.output(), node.input(0));
      graph.removeNode(node);
      modified = true;
    }
  }
  return { model, modified };
}
function rangeOf3(node) {
  if (node.is("Relu")) return [0, Infinity];
  if (!node.is("Clip")) return void 0;
  const bound = (index, attribute, none) => {
    const value = node.input(index);
    return value ? Number(constantValue(value)?.data[0]) : node.attrFloat(attribute, none);
  };
  const [low, high] = [bound(1, "min", -Infinity), bound(2, "max", Infinity)];
  return Number.isNaN(low) || Number.isNaN(high) ? void 0 : [low, high];
}
function cutsOff(node, [low, high]) {
  if (!node.is("QuantizeLinear") || node.attrInt("block_size", 0) !== 0) return false;
  const [scale, zero] = [constantValue(node.input(1)), constantValue(node.input(2))];
  if (scale?.type !== "float32" || node.input(2) && !zero) return false;
  const [least2, most4] = grids[zero?.type ?? "uint8"] ?? [];
  if (least2 === void 0 || most4 === void 0) return false;
  return scale.data.every((s, i) => {
    const offset = Number(zero?.data[zero.data.length > 1 ? i : 0] ?? 0);
    const [from, to] = [Math.fround(low / s) + offset, Math.fround(high / s) + offset];
    return from < least2 + 0.5 && to > most4 - 0.5;
  });
}

// src/onnx/passes/remove-reduced-range.ts
function removeReducedRange(model) {
  const { graph } = model;
  let modified = false;
  for (const clip of graph.nodes) {
    if (!clip.is("Clip") || clip.output().isGraphOutput || !isReducedRange(clip)) continue;
    const quantize2 = clip.input(0)?.producer;
    if (!quantize2?.is("QuantizeLinear") || !clip.output().consumers.every((node) => node.is("DequantizeLinear"))) {
      continue;
    }
    graph.replaceAll(clip.output(), quantize2.output());
    graph.removeNode(clip);
    modified = true;
  }
  return { model, modified };
}
function isReducedRange(clip) {
  const [low, high] = [constantValue(clip.input(1)), constantValue(clip.input(2))];
  if (!low || low.type !== high?.type) return false;
  const [from, to] = [Number(low.data[0]), Number(high.data[0])];
  return low.type === "uint8" ? from === 0 && to >= 127 : low.type === "int8" && from <= -64 && to >= 63;
}

// src/onnx/passes/scalar-scales.ts
function scalarScales(model) {
  const { graph } = model;
  let modified = false;
  for (const node of graph.nodes) {
    if (!node.is("QuantizeLinear", "DequantizeLinear")) continue;
    for (const value of [node.input(1), node.input(2)]) {
      const tensor = value?.initializer;
      if (!value || !tensor || tensor.dims.length !== 1 || Number(tensor.dims[0]) !== 1) continue;
      const scalar3 = copyMessage(tensor);
      scalar3.dims = [];
      const isScale = ({ node: reader, index }) => index > 0 && reader.is("QuantizeLinear", "DequantizeLinear");
      if (value.uses.every(isScale)) graph.setInitializer(value, scalar3);
      else graph.replaceUses(value, graph.addInitializer(value.name, scalar3), isScale);
      modified = true;
    }
  }
  return { model, modified };
}

// src/train/verify-export.ts
var weighted3 = ["Conv", "ConvTranspose", "Gemm", "MatMul", "LSTM", "GRU"];
var integerOperators = ["MatMulInteger", "ConvInteger", "QLinearConv", "QLinearMatMul"];
function verifyQatExport(fp32, candidate, what) {
  compare(what, "input", fp32.graph.infos("inputs"), candidate.graph.infos("inputs"));
  compare(what, "output", fp32.graph.infos("outputs"), candidate.graph.infos("outputs"));
  const model = candidate.clone();
  runPasses(model, [
    removeTraces,
    constantsToInitializers,
    removeIdentity,
    scalarScales,
    removeReducedRange,
    removeIdleClips,
    foldQuantizedConstants,
    dequantizeLate,
    removeDeadCode
  ]);
  const heads = [...model.graph.allNodes()].filter((node) => node.is(...weighted3, ...integerOperators));
  const quantized2 = heads.filter(readsIntegers);
  if (quantized2.length === 0) {
    const pairs = [...model.graph.allNodes()].filter((node) => node.is("QuantizeLinear", "DequantizeLinear")).length;
    throw new UserError(
      pairs === 0 ? `${what} has no QuantizeLinear or DequantizeLinear and no integer operator: it is a float model. Export the model with its fake-quant modules (PyTorch: torch.onnx.export(..., dynamo=False, opset_version=17))` : `${what} has QuantizeLinear or DequantizeLinear but no weight that goes through them: quantize the weights too`
    );
  }
  const byName2 = new Map(heads.map((node) => [nodeLabel(node), node]));
  const nodes = [...fp32.graph.allNodes()].flatMap((node) => {
    const found2 = node.is(...weighted3) ? byName2.get(nodeLabel(node)) : void 0;
    if (!found2) return [];
    const isQuantized = readsIntegers(found2);
    const why = isQuantized ? "quantized by its own training" : "float in the trained export";
    return [{ node: nodeLabel(node), op: node.op, quantized: isQuantized, why }];
  });
  const float2 = heads.length - quantized2.length;
  const notes = [
    `${quantized2.length} weighted operators of the export are quantized${float2 > 0 ? `, ${float2} are float` : ""}.`
  ];
  return { model, nodes, notes };
}
function readsIntegers(node) {
  if (node.is(...integerOperators)) return true;
  return node.inputs.some((value, index) => index > 0 && value !== void 0 && fromIntegers(value));
}
function fromIntegers(value) {
  for (let current = value; current; ) {
    const type2 = current.initializer?.dataType;
    if (type2 !== void 0) {
      return [TensorProto_DataType.INT8, TensorProto_DataType.UINT8, TensorProto_DataType.INT4, TensorProto_DataType.UINT4].includes(type2);
    }
    const node = current.producer;
    if (!node?.is("DequantizeLinear", "Cast", "Mul", "Sub", "Transpose", "Reshape")) return false;
    current = node.input(0);
  }
  return false;
}
function compare(what, kind, wanted, got) {
  const list = (infos) => infos.map(({ name }) => name).join(", ");
  for (const { name, type: type2, dims } of wanted) {
    const other = got.find((info) => info.name === name);
    if (!other) {
      throw new UserError(
        `${what} has no ${kind} "${name}"; its ${kind}s are ${list(got)}. Give it the names of the FP32 model (PyTorch: input_names, output_names)`
      );
    }
    const shape = (info) => `[${info.dims.map((dim) => dim ?? "?").join(", ")}]`;
    const differs = dims.some((dim, axis) => {
      const theirs = other.dims[axis];
      return typeof dim === "number" && typeof theirs === "number" && dim !== theirs;
    });
    const fixed = kind === "input" && dims.some((dim, axis) => typeof dim !== "number" && typeof other.dims[axis] === "number");
    const known = dims.length > 0 && other.dims.length > 0;
    if (other.type !== type2 || known && (dims.length !== other.dims.length || differs || fixed)) {
      throw new UserError(
        `${what}: ${kind} "${name}" is ${other.type} ${shape(other)}; in the FP32 model it is ${type2} ${shape({ dims })}` + (fixed ? ". Export with dynamic_axes" : "")
      );
    }
  }
  const more = got.filter((info) => !wanted.some(({ name }) => name === info.name));
  if (more.length > 0) throw new UserError(`${what} has ${kind}s that the FP32 model lacks: ${list(more)}`);
}

// src/train/user-training.ts
async function runUserTraining(request) {
  const begin = performance.now();
  const { command, folder, allowCommands, position, fp32, policy, calibration, budget: budget2, seed, device, progress } = request;
  const workDir = resolve6(request.workDir);
  await mkdir6(workDir, { recursive: true });
  const path = (name) => resolve6(workDir, name);
  const [model, data, output] = [path("fp32.onnx"), path("calibration.npz"), path("trained.onnx")];
  await rm2(output, { force: true });
  await saveScratch(fp32, model);
  const indices = samplesOfOneShape(calibration);
  const axes = batchAxes(fp32.graph.infos("inputs"));
  await writeNpz(
    data,
    stackFeeds(
      indices.map((index) => readSample(calibration, index)),
      axes
    )
  );
  await runCommand(command, {
    folder,
    allowed: allowCommands,
    what: "training of level 3",
    ...position && { position },
    env: {
      QUANT_GATE_FP32_MODEL: model,
      QUANT_GATE_OUTPUT: output,
      QUANT_GATE_CALIBRATION: data,
      QUANT_GATE_POLICY: JSON.stringify(policy),
      QUANT_GATE_BUDGET_SECONDS: String(Math.round(budget2 / 1e3)),
      QUANT_GATE_SEED: String(seed),
      QUANT_GATE_DEVICE: device
    },
    timeoutMs: budget2 * 1.5 + 6e4,
    progress
  });
  const written2 = await stat4(output).catch(() => void 0);
  if (!written2?.isFile()) {
    throw new UserError(
      `the training of level 3 ended without writing its model: ${command} has to write it to the path in QUANT_GATE_OUTPUT`,
      position ? { position } : {}
    );
  }
  const { model: trained, nodes, notes } = verifyQatExport(fp32, await loadModel(output), "what the training wrote");
  return { model: trained, nodes, notes, seconds: (performance.now() - begin) / 1e3 };
}
async function useQatExport(fp32, path, name) {
  const begin = performance.now();
  const { model, nodes, notes } = verifyQatExport(fp32, await loadModel(path), `model: ${name}`);
  return { model, nodes, notes, seconds: (performance.now() - begin) / 1e3 };
}

// src/engine/refine.ts
import { mkdir as mkdir7 } from "node:fs/promises";
import { join as join23 } from "node:path";

// src/quantize/static/sensitivity.ts
function quantizedHeads(run, recipe) {
  const { plan, rest, subgraphs } = run.emit(recipe);
  const others = new Set(
    rest.flatMap(({ sites }) => sites.flatMap(({ site, form }) => form === "float" ? [] : [site.label]))
  );
  const computes2 = ({ unit, mode }) => mode === "integer" ? unit.operator?.kind !== "pass-through" : others.has(unit.head.name);
  const heads = [...plan.decisions.values()].filter(computes2).map(({ unit: { head } }) => head);
  const owners = new Set(subgraphs.branches.map(({ owner }) => owner));
  return [...heads.map(({ name, op }) => ({ node: name, op })), ...Array.from(owners, (node) => ({ node, op: "If" }))];
}
async function analyseSensitivity(run, recipe, { samples: samples5 = 8, budgetMs = Infinity, onProgress } = {}) {
  const deadline = performance.now() + budgetMs;
  const heads = quantizedHeads(run, recipe);
  const why = "float for this comparison";
  const measure3 = (names3) => {
    const floatNodes = new Map([...recipe.floatNodes, ...Array.from(names3, (name) => [name, why])]);
    return run.fidelity(run.emit({ ...recipe, floatNodes }).model, samples5);
  };
  const table2 = [];
  for (const { node, op } of heads) {
    if (performance.now() > deadline) break;
    const others = heads.filter((head) => head.node !== node).map((head) => head.node);
    table2.push({ node, op, onlyDb: await measure3(others), allButDb: await measure3([node]) });
    onProgress?.(table2.length, heads.length);
  }
  return table2;
}

// src/quantize/static/search.ts
var sensitivityShare = 0.5;
var finite = (db) => Math.min(200, Math.max(-200, db));
async function rank3(run, { recipe }, budgetMs) {
  const stage = run.request.progress.stage("sensitivity of nodes", quantizedHeads(run, recipe).length, "nodes");
  const table2 = await analyseSensitivity(
    run,
    { ...recipe, base: recipe.exact },
    { budgetMs, onProgress: () => stage.advance() }
  );
  stage.done();
  return table2.map((row2) => ({ ...row2, onlyDb: finite(row2.onlyDb), allButDb: finite(row2.allButDb) })).sort((a, b) => b.allButDb - a.allButDb || a.onlyDb - b.onlyDb);
}
async function searchMixedPrecision(run, start, evaluate, budgetMs) {
  const begin = performance.now();
  const { prefer } = run.request.options;
  const search2 = new MixtureSearch(run, evaluate, begin + budgetMs);
  const first = { recipe: start.recipe, sqnrDb: start.sqnrDb ?? await run.fidelity(start.model) };
  const wide = await search2.attempt(first) ? void 0 : await widened2(run, first);
  if (wide) await search2.attempt(wide);
  let sensitivity = [];
  if (!search2.trials.some((trial) => trial.passes && !isSlow(trial, prefer))) {
    const [narrow, wider] = search2.trials;
    const from = wide && !wider.passes && preferred(prefer)(wider, narrow) < 0 ? wide : first;
    sensitivity = await rank3(run, from, budgetMs * sensitivityShare);
    await search2.keepNodes(from, sensitivity);
    await search2.storeAsIntegers(from);
  }
  search2.done();
  const { best } = search2;
  best.chosen = true;
  const { model, plan, rest, subgraphs } = run.emit(best.candidate.recipe);
  const seconds2 = (performance.now() - begin) / 1e3;
  return {
    ...start,
    ...best.candidate,
    model,
    nodes: reportNodes(plan, rest, subgraphs),
    notes: [
      ...start.notes,
      `Mixed precision: ${explain(best, sensitivity.length, prefer)}`,
      ...uselessness(best, run.request)
    ],
    seconds: start.seconds + seconds2,
    sensitivity,
    search: {
      tried: search2.trials.length,
      seconds: seconds2,
      keptFloat: best.keptFloat,
      frontier: search2.trials.map(({ count: _count, passes: _passes, candidate: _candidate, ...trial }) => trial)
    },
    passes: best.passes
  };
}
var MixtureSearch = class {
  trials = [];
  #run;
  #evaluate;
  #deadline;
  #order;
  #stage;
  /** @param deadline as `performance.now()` tells it; what was begun is ended */
  constructor(run, evaluate, deadline) {
    this.#run = run;
    this.#evaluate = evaluate;
    this.#deadline = deadline;
    this.#order = preferred(run.request.options.prefer);
    this.#stage = run.request.progress.stage("mixed-precision search");
  }
  get best() {
    return this.trials.toSorted(this.#order)[0];
  }
  done() {
    this.#stage.done();
  }
  /**
   * Measures a mixture.
   *
   * @param stored where weights of nodes in FP32 are integers: of how many nodes, and the speed-up with FP32 weights, which it shares:
   *   they are expanded when the file is loaded
   * @returns whether it keeps the limit
   */
  async attempt(candidate, keptFloat = [], stored2) {
    const { recipe, sqnrDb } = candidate;
    const { model } = this.#run.emit(recipe);
    const { passes: passes2, metricDrop } = await this.#evaluate(model);
    const wideWeights = recipe.wideWeights.size;
    const speedup2 = stored2 ? stored2.speedup : await speedupOf2(this.#run, model, fastEnough(wideWeights));
    const count2 = keptFloat.length;
    this.trials.push({
      keptFloat,
      ...wideWeights > 0 && { wideWeights },
      ...stored2 && { integerWeights: stored2.integerWeights },
      bytes: modelSize(model),
      sqnrDb: finite(sqnrDb),
      ...metricDrop !== void 0 && { metricDrop },
      ...speedup2 !== void 0 && { speedup: speedup2 },
      chosen: false,
      count: count2,
      passes: passes2,
      candidate
    });
    const wide = wideWeights > 0 ? "8-bit weights, " : "";
    const integer = stored2 ? `, ${stored2.integerWeights} of them with integer weights` : "";
    this.#stage.advance(1, `${wide}${count2} in FP32${integer}${passes2 ? ", within the limit" : ""}`);
    return passes2;
  }
  /** Doubles the number of nodes in FP32 until the limit holds, then halves the gap to the last number with which it did not. */
  async keepNodes(from, sensitivity) {
    const nodes = sensitivity.map(({ node }) => node);
    const alone = sensitivity.toSorted((a, b) => a.onlyDb - b.onlyDb).map(({ node }) => node);
    const keep2 = (count2) => this.#keep(from, nodes.slice(0, count2), alone.slice(0, count2));
    let failed = 0;
    let passed;
    for (let count2 = 1; passed === void 0 && !this.#isLate && failed < nodes.length; count2 *= 2) {
      const capped = Math.min(count2, nodes.length);
      if (await keep2(capped)) passed = capped;
      else failed = capped;
    }
    while (passed !== void 0 && passed - failed > 1 && !this.#isLate) {
      const middle = Math.floor((failed + passed) / 2);
      if (await keep2(middle)) passed = middle;
      else failed = middle;
    }
  }
  /** Tries the one of two sets of nodes in FP32 with which the outputs are nearer to FP32's. */
  async #keep({ recipe }, first, other) {
    const mixture = async (kept2) => {
      const mixed = { ...recipe, floatNodes: new Map([...recipe.floatNodes, ...reasons(kept2)]) };
      return { kept: kept2, recipe: mixed, plain: await this.#run.measure({ ...mixed, base: recipe.exact }) };
    };
    let best = await mixture(first);
    if (!other.every((node) => first.includes(node))) {
      const rival = await mixture(other);
      if (rival.plain.sqnrDb > best.plain.sqnrDb) best = rival;
    }
    return this.attempt(await corrected(this.#run, best.recipe, best.plain), best.kept);
  }
  /** Stores the weights of all nodes that the best mixture keeps in FP32 as integers, else of those that do the least harm. */
  async storeAsIntegers({ recipe: from }) {
    const { passes: passes2, count: kept2, keptFloat, bytes: bytes2, speedup: speedup2 } = this.best;
    for (let count2 = passes2 ? kept2 : 0; count2 > kept2 / 8; count2 = Math.floor(count2 / 2)) {
      const [float2, integer] = [keptFloat.slice(0, -count2), keptFloat.slice(-count2)];
      const recipe = {
        ...from,
        floatNodes: new Map([...from.floatNodes, ...reasons(float2)]),
        slowNodes: new Map([...from.slowNodes, ...reasons(integer)])
      };
      if (modelSize(this.#run.emit(recipe).model) >= bytes2) break;
      if (await this.attempt(await rebuilt(this.#run, recipe), keptFloat, { integerWeights: count2, speedup: speedup2 })) break;
    }
  }
  get #isLate() {
    return performance.now() > this.#deadline;
  }
};
var reasons = (nodes) => new Map(nodes.map((node) => [node, "kept in FP32 by the mixed-precision search"]));
function explain({ passes: passes2, count: count2, wideWeights = 0, integerWeights: integerWeights2 = 0 }, of, prefer) {
  const wide = wideWeights > 0 ? `, with 8-bit weights in ${counted(wideWeights, "layer")}` : "";
  if (!passes2)
    return `no mixture that was tried keeps the accuracy limit; the best one has ${counted(count2, "node")} in FP32${wide}.`;
  if (count2 === 0) return `the accuracy limit holds with no node in FP32${wide}.`;
  const kind = prefer === "speed" ? "fastest" : "smallest";
  const which = integerWeights2 < count2 ? `weights of ${integerWeights2}` : "weights";
  const weights = integerWeights2 > 0 ? ` (${which} stored as integers)` : "";
  return `${count2} of ${of} ${count2 === 1 ? "nodes stays" : "nodes stay"} in FP32${weights}, the ${kind} such set that keeps the limit${wide}.`;
}
var usefulSize = 0.9;
var usefulSpeedup = 1.05;
function uselessness({ passes: passes2, count: count2, bytes: bytes2, speedup: speedup2 }, { model }) {
  if (!passes2 || count2 === 0 || (speedup2 ?? 0) >= usefulSpeedup) return [];
  const ratio = bytes2 / modelSize(model);
  if (ratio < usefulSize) return [];
  const speed2 = speedup2 === void 0 ? "" : ` and ${speedup2.toFixed(2)} of its speed`;
  return [
    `That file has ${ratio.toFixed(2)} of FP32's bytes${speed2}: within this accuracy limit there is nothing to win by rounding the weights as they are. Allow a larger drop, or train with Level 3.`
  ];
}
var clearlySlower = 0.95;
function isSlow({ speedup: speedup2 = Infinity, wideWeights = 0 }, prefer) {
  return prefer !== "size" && speedup2 < fastEnough(wideWeights);
}
var fastEnough = (wideWeights) => wideWeights > 0 ? 1 : clearlySlower;
function preferred(prefer) {
  const pace = ({ speedup: speedup2 }) => prefer === "speed" ? speedup2 ?? 0 : 0;
  const stored2 = ({ integerWeights: integerWeights2 = 0 }) => integerWeights2;
  return (a, b) => Number(b.passes) - Number(a.passes) || (a.passes ? pace(b) - pace(a) || Number(isSlow(a, prefer)) - Number(isSlow(b, prefer)) || a.count - b.count || stored2(b) - stored2(a) : (a.metricDrop ?? 0) - (b.metricDrop ?? 0) || b.sqnrDb - a.sqnrDb);
}
async function widened2(run, { recipe }) {
  const { target, options } = run.request;
  if (!target.wideWeight || options.bits < 8 || options.prefer === "speed") return void 0;
  const heads = integerLayers(run.plan(recipe)).flatMap(
    ({ head }) => head.attrInt("group", 1) === 1 ? [head.name] : []
  );
  return heads.length > 0 ? rebuilt(run, { ...recipe, wideWeights: new Set(heads) }) : void 0;
}
async function rebuilt(run, recipe) {
  return corrected(run, recipe, await run.measure({ ...recipe, base: recipe.exact }));
}
async function corrected(run, recipe, plain2) {
  if (recipe.base === recipe.exact) return plain2;
  return await correctBiases(run, plain2) ?? plain2;
}

// src/engine/refine.ts
async function refineStatic(context, planned, run, made2) {
  const { recover: recover2, "search-budget": budget2, limits: limits2 } = planned.options;
  const wanted = recover2 === "auto" || Array.isArray(recover2) && recover2.includes("mixed-precision");
  if (!wanted || !limits2.accuracy || planned.executability.runs === "no" || budget2 <= 0) return made2;
  const evaluate = evaluator(context, planned);
  const first = await evaluate(made2.model);
  if (first.passes) return made2;
  const ceiling = await judge2(context, planned, await runFp32(context, context.fp32, context.validation));
  if (!ceiling.passes) {
    const note = "FP32 itself would not pass the accuracy limit on this data, so no node was kept in FP32 for it.";
    return { ...made2, notes: [...made2.notes, note] };
  }
  context.options.progress.note(
    `${variantLabel(context, planned)}: misses its accuracy limit; looking for nodes to keep in FP32`
  );
  return searchMixedPrecision(run, made2, evaluate, budget2);
}
function evaluator(context, planned) {
  const folder = join23(context.modelDir, `${planned.id}-search`);
  return async (model) => {
    await mkdir7(folder, { recursive: true });
    const path = join23(folder, "candidate.onnx");
    await saveScratch(model, path);
    const session = await variantSession(context, planned, path);
    try {
      const outputs = await runOutputs(context, `${planned.id}-candidate`, session, context.validation);
      return await judge2(context, planned, outputs);
    } catch (error) {
      if (!(error instanceof WorkerError)) throw error;
      return { passes: false };
    }
  };
}
async function judge2(context, planned, outputs) {
  const { confidence, "on-inconclusive": onInconclusive } = context.loaded.policy.gate;
  const accuracy2 = await compareAccuracy(context.reference, storedOutputs(outputs), intervals(context));
  if ("notMeasured" in accuracy2) return { passes: false };
  const checks2 = checkVariant({
    limits: { accuracy: planned.options.limits.accuracy },
    measurements: { accuracy: accuracy2 },
    confidence
  });
  return { passes: decideVerdict(checks2, onInconclusive) === "pass", metricDrop: accuracy2.drop.estimate };
}

// src/engine/make.ts
async function makeVariant(context, planned, speed2) {
  const { options, runtime, threads } = context;
  const request = {
    model: context.planned.model,
    target: planned.target,
    runtime,
    workDir: join24(context.modelDir, planned.id),
    seed: options.seed,
    threads,
    progress: labelled(options.progress, variantLabel(context, planned)),
    ...speed2 && { speed: speed2 }
  };
  switch (planned.options.method) {
    case "dynamic":
      return quantizeDynamic({
        ...request,
        options: planned.options,
        samples: storeReference(context.calibration)
      });
    case "static":
      return makeStatic(context, planned, {
        ...request,
        options: planned.options,
        calibration: context.calibration
      });
    case "qat":
      return makeTrained(context, planned, {
        ...request,
        options: planned.options,
        calibration: context.calibration
      });
  }
}
async function makeTrained(context, planned, request) {
  const { loaded, options } = context;
  const { command, model, budget: budget2 } = request.options;
  const { task } = context.planned.policy;
  if (model !== void 0) {
    return useQatExport(request.model, await resolveInside(loaded, model, ["levels", 3, "model"]), model);
  }
  if (command !== void 0) {
    return runUserTraining({
      command,
      folder: loaded.folder,
      allowCommands: options.allowCommands,
      position: positionOf(loaded, ["levels", 3, "command"]),
      fp32: request.model,
      policy: context.planned.policy,
      calibration: request.calibration,
      budget: budget2,
      seed: request.seed,
      device: planned.target.provider === "cpu" ? "cpu" : "cuda",
      workDir: request.workDir,
      progress: request.progress
    });
  }
  const start = context.starts.get(staticKey(request.target, request.options));
  return quantizeQat({
    ...request,
    task,
    ...start && { start },
    ...context.training && { training: context.training },
    ...planned.target.provider !== "cpu" && { device: "cuda" },
    ...options.resume && { resume: true }
  });
}
function isTrainedHere(planned) {
  const { options } = planned;
  return options.method === "qat" && options.command === void 0 && options.model === void 0;
}
function startsFrom(trained, other) {
  if (!isTrainedHere(trained) || other.options.method !== "static") return false;
  return staticKey(trained.target, trained.options) === staticKey(other.target, other.options);
}
async function makeStatic(context, planned, request) {
  const run = await StaticRun.start(request);
  try {
    const made2 = await quantize(run);
    if (context.planned.variants.some((other) => startsFrom(other, planned)))
      context.starts.set(staticKey(request.target, request.options), made2);
    return await refineStatic(context, planned, run, made2);
  } finally {
    await run.close();
  }
}

// src/engine/base.ts
async function compareBase(context, planned, path, { measurements, speed: speed2 }) {
  const { base, noBase } = context.options;
  const { regression: limits2, confidence } = context.loaded.policy.gate;
  if (!limits2 || planned.executability.runs === "no") return { checks: [], notes: [] };
  const unread = (why) => ({ checks: uncompared(limits2, confidence, why), notes: [] });
  if (noBase) return unread(`the base cannot be read: ${noBase}`);
  if (!base) {
    return { checks: [], notes: ["This run has no base branch; the limits of `gate.regression` were not checked."] };
  }
  const batch = planned.options.limits.latency?.batch ?? 1;
  const options = { limits: limits2, confidence, batch, id: planned.id };
  let file;
  try {
    file = await extractBase(context, base);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return unread(`the model of ${base.ref} cannot be read: ${error.message}`);
  }
  if (!file) return compareWithBase(void 0, { measurements }, options);
  if (file.sha256 === context.planned.sha256) {
    return { checks: [], notes: [`${planned.id}: the model is the same as at ${base.ref}.`] };
  }
  try {
    return await measureBeside(context, planned, { path, measurements, file, options, speed: speed2 });
  } catch (error) {
    if (!(error instanceof WorkerError) && !(error instanceof UserError)) throw error;
    return { checks: [], notes: [`${planned.id}: the model of ${base.ref} could not be measured: ${error.message}`] };
  }
}
async function extractBase(context, base) {
  const { planned, loaded, workDir } = context;
  const root = join25(workDir, planned.name, "base");
  const extract2 = async (to) => {
    await mkdir8(dirname6(to), { recursive: true });
    return base.extract(relative3(root, to).split(sep2).join("/"), to);
  };
  const here = join25(root, relative3(loaded.root, planned.file));
  const before = context.basePolicy?.models.find(
    (model) => (model.name ?? defaultName(model.path)) === planned.name && resolve7(loaded.folder, model.path) !== planned.file
  );
  const moved = before && join25(root, relative3(loaded.root, resolve7(loaded.folder, before.path)));
  const path = await extract2(here) ? here : moved && await extract2(moved) ? moved : void 0;
  if (path === void 0) return void 0;
  for (const location of await externalLocationsOf(path)) {
    const place = resolve7(dirname6(path), location);
    if (isInside(root, place)) await extract2(place);
  }
  return { path, root, sha256: await modelDigest(path, { root }) };
}
async function measureBeside(context, planned, request) {
  const { path, measurements, file, options, speed: speed2 } = request;
  const { limits: limits2 } = options;
  const model = await loadModel(file.path, { root: file.root });
  const before = {
    ...context,
    planned: { ...context.planned, model, file: file.path, sha256: file.sha256 },
    fp32: { ...context.fp32, model: file.path },
    modelDir: join25(context.modelDir, "base"),
    starts: /* @__PURE__ */ new Map()
  };
  const made2 = await makeVariant(before, planned, sameNodes(context.planned.model, model) ? speed2 : void 0);
  const basePath = join25(before.modelDir, `${planned.id}.onnx`);
  await saveScratch(made2.model, basePath);
  const size = await measureSize(file.path, basePath);
  const pair = {
    context,
    planned,
    before,
    session: await variantSession(context, planned, basePath),
    head: await variantSession(context, planned, path)
  };
  const { accuracy: accuracy2, latency } = measurements;
  const isAccurate = limits2.accuracy !== void 0 && accuracy2 && !("notMeasured" in accuracy2);
  const isTimed = limits2.speedup !== void 0 && latency && !("notMeasured" in latency);
  const found2 = isAccurate ? await accuracyBeside(pair) : {};
  const timed = isTimed && planned.executability.runs === "native" ? await latencyBeside(pair, measurements, options) : {};
  const { interleaved: interleaved2 } = found2;
  return compareWithBase(
    { measurements: { size, ...found2.measurements, ...timed } },
    { measurements },
    { ...options, ...interleaved2 && { interleaved: interleaved2 } }
  );
}
async function accuracyBeside({ context, planned, before, session, head }) {
  const { reference, validation } = context;
  const { scoring } = reference;
  const base = storedOutputs(await runOutputs(before, `${planned.id}-base`, session, validation));
  const score2 = (outputs) => scoreReference(scoring, outputs, validation.samples, intervals(context));
  if ("command" in scoring) {
    return { measurements: { accuracy: await compareAccuracy(reference, base, intervals(context)) } };
  }
  const { labels } = scoring.metric;
  if (labels === "none" || labels === "optional" && validation.samples.some(({ label }) => label === void 0)) {
    const own2 = await score2(storedOutputs(await runFp32(before, before.fp32, validation)));
    return { measurements: { accuracy: await compareAccuracy(own2, base, intervals(context)) } };
  }
  const own = storedOutputs(await runOutputs(context, planned.id, head, validation));
  const accuracy2 = await compareAccuracy(await score2(base), own, intervals(context));
  return "notMeasured" in accuracy2 ? {} : { interleaved: { accuracy: accuracy2 } };
}
async function latencyBeside({ context, planned, before, session }, measurements, { batch, confidence, limits: limits2 }) {
  const { measure: measure3 } = context.loaded.policy;
  const { latencyMachine } = context;
  const result = await measureLatency({
    fp32: before.fp32,
    variants: [{ id: planned.id, session }],
    store: context.validation,
    batches: [batch],
    percentile: planned.options.limits.latency?.at ?? "p50",
    confidence,
    budgetMs: measure3["latency-budget"],
    seed: context.options.seed,
    decide: ({ speedup: speedup2 }) => speedupDecided(speedup2, measurements, batch, limits2),
    ...latencyMachine && { noise: latencyMachine.noise },
    runtime: context.runtime,
    progress: labelled(context.options.progress, `${variantLabel(context, planned)} of the base`)
  });
  const [base] = result.variants;
  if (base?.error) throw base.error;
  return base?.latency ? { latency: base.latency } : {};
}
function sameNodes(one, other) {
  const [nodes, others] = [one.graph.nodes, other.graph.nodes];
  return nodes.length === others.length && nodes.every(({ name, op }, index) => name === others[index].name && op === others[index].op);
}

// src/engine/variant.ts
var unlimitedBudgetMs = 8e3;
async function gateVariant(context, planned) {
  const begin = performance.now();
  const { progress } = context.options;
  const label = variantLabel(context, planned);
  const base = {
    id: planned.id,
    level: planned.level,
    method: planned.options.method,
    target: planned.target.name,
    checks: [],
    notes: [],
    measurements: {}
  };
  const seconds2 = () => Math.round((performance.now() - begin) / 10) / 100;
  let made2;
  const path = join26(context.modelDir, `${planned.id}.onnx`);
  try {
    await mkdir9(context.modelDir, { recursive: true });
    const kernels2 = kernelsOf(planned);
    made2 = await context.clock.time("quantize", () => makeVariant(context, planned, context.speed.get(kernels2)));
    if (made2.speed) context.speed.set(kernels2, made2.speed);
    await saveModel(made2.model, path);
  } catch (error) {
    if (!(error instanceof WorkerError) && !(error instanceof UserError)) throw error;
    progress.note(`${label}: not made: ${error.message}`);
    const kind = error instanceof WorkerError ? error.kind : "unsupported";
    return {
      planned,
      external: [],
      report: { ...base, seconds: seconds2(), verdict: "error", error: { kind, message: error.message } }
    };
  }
  const { measurements, placement } = await measure2(context, planned, path, made2.model, made2.nodes);
  const regression = await context.clock.time(
    "base",
    () => compareBase(context, planned, path, { measurements, speed: made2.speed })
  );
  const limits2 = checkVariant({
    limits: planned.options.limits,
    measurements,
    confidence: context.loaded.policy.gate.confidence
  });
  const checks2 = [...limits2, ...regression.checks];
  const verdict = decideVerdict(checks2, context.loaded.policy.gate["on-inconclusive"]);
  return {
    planned,
    path,
    external: externalLocations((await loadModel(path)).proto),
    ...made2.sensitivity && { sensitivity: made2.sensitivity },
    report: {
      ...base,
      seconds: seconds2(),
      verdict,
      measurements: withOpenEnds(measurements),
      ...placement && { placement },
      checks: checks2,
      notes: [...context.planned.remarks, ...made2.notes, ...regression.notes],
      ...made2.search && { search: made2.search },
      ...made2.training && { training: made2.training }
    }
  };
}
function kernelsOf({ target, options }) {
  if (options.method === "dynamic") return JSON.stringify([options.method, target.name]);
  return JSON.stringify(["static", target.name, options.prefer, options["keep-float"]]);
}
async function measure2(context, planned, path, model, nodes) {
  const { clock } = context;
  const { executability: executability2 } = planned;
  const size = await measureSize(context.planned.file, path);
  if (executability2.runs === "no") {
    const why = { notMeasured: executability2.why };
    return { measurements: { size, latency: why, memory: why, accuracy: why } };
  }
  const session = await variantSession(context, planned, path);
  let hangs;
  const attempt2 = async (work) => {
    if (hangs) return hangs;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof WorkerError)) throw error;
      const failed = { notMeasured: error.message, failed: true };
      if (error.kind === "timeout") hangs = failed;
      return failed;
    }
  };
  const accuracy2 = await attempt2(async () => {
    const outputs = await clock.time("inference", () => runOutputs(context, planned.id, session, context.validation));
    const result = await clock.time(
      "score",
      () => compareAccuracy(context.reference, storedOutputs(outputs), intervals(context))
    );
    return executability2.runs === "emulated" && !("notMeasured" in result) ? { ...result, note: [result.note, executability2.why].filter(Boolean).join("; ") } : result;
  });
  const latency = executability2.runs === "emulated" ? { notMeasured: `${executability2.why}: its speed there is not known` } : await clock.time("latency", () => attempt2(() => speed(context, planned, session)));
  const memory = await clock.time("memory", () => attempt2(() => memoryOf(context, planned, session)));
  const placement = hangs ? void 0 : await clock.time("placement", () => prove(context, planned, model, nodes));
  return {
    measurements: { size, latency, memory, accuracy: accuracy2 },
    ...placement && { placement }
  };
}
async function speed(context, planned, session) {
  const { loaded, options, runtime } = context;
  const { measure: measure3, gate } = loaded.policy;
  const limits2 = planned.options.limits.latency;
  const batches = [.../* @__PURE__ */ new Set([limits2?.batch ?? 1, ...measure3.batches])];
  const result = await measureLatency({
    fp32: context.fp32,
    variants: [{ id: planned.id, session }],
    store: context.validation,
    batches,
    percentile: limits2?.at ?? "p50",
    confidence: gate.confidence,
    // Without a limit to decide, the speed-up is for the report alone.
    budgetMs: limits2 ? measure3["latency-budget"] : Math.min(measure3["latency-budget"], unlimitedBudgetMs),
    seed: options.seed,
    ...limits2 && { decide: (latency) => latencyDecided(limits2, latency) },
    ...context.latencyMachine,
    runtime,
    progress: labelled(options.progress, variantLabel(context, planned))
  });
  const [own] = result.variants;
  if (own?.error) throw own.error;
  const { noise: noise2, serial } = context.latencyMachine ?? { noise: [], serial: [] };
  context.latencyMachine = {
    noise: [...noise2, ...result.noise.filter((each) => !knownNoise(noise2, each))],
    serial: [...serial, ...result.serial.filter(({ batch }) => !serial.some((known) => known.batch === batch))]
  };
  context.environments.push(result.environment);
  context.fp32Latency ??= result.fp32;
  return own?.latency ?? { notMeasured: "no batch size was measured", failed: true };
}
async function prove(context, planned, variant, decisions2) {
  const { model: _model, ...session } = context.fp32;
  const worker = await WorkerProcess.start({ runtime: context.runtime, label: `placement of ${planned.id}` });
  try {
    const { placement } = await provePlacement({
      worker,
      source: context.planned.model,
      variant,
      decisions: decisions2,
      session,
      feeds: { store: storeReference(context.validation) },
      workDir: join26(context.modelDir, `${planned.id}-placement`)
    });
    return placement;
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    return void 0;
  } finally {
    await worker.close();
  }
}

// src/engine/model.ts
async function gateModel(run, planned) {
  for (const remark of planned.remarks) run.options.progress.note(`${planned.name}: ${remark}`);
  const contexts = /* @__PURE__ */ new Map();
  const contextOf = async (provider) => {
    const context = contexts.get(provider) ?? await openModel(run, planned, provider);
    contexts.set(provider, context);
    return context;
  };
  const gated = [];
  for (const variant of planned.variants) {
    const done = gated.find(
      ({ report, planned: { target, options } }) => target === variant.target && options.stop && report.verdict === "pass"
    );
    if (done) {
      run.options.progress.note(`${planned.name}: ${variant.id} is not needed, ${done.report.id} passed and says stop`);
      continue;
    }
    const runs = variant.executability.runs !== "no";
    gated.push(await gateVariant(await contextOf(runs ? variant.target.provider : "cpu"), variant));
  }
  const [first] = contexts.values();
  return reportModel(first ?? await contextOf("cpu"), gated);
}
async function openModel(run, planned, provider) {
  const { clock, options, runtime, threads } = run;
  const modelDir = join27(run.workDir, planned.name);
  await mkdir10(modelDir, { recursive: true });
  const decode2 = (data) => clock.time(
    "decode",
    () => materializeIn(join27(run.workDir, "data"), data.dataset, data.generated ? silent : options.progress)
  );
  const calibration = await decode2(planned.calibration);
  const validation = await decode2(planned.validation);
  const training = planned.training && await decode2(planned.training);
  const fp32 = { model: planned.file, provider, threads };
  const base = { ...run, planned, modelDir, calibration, validation, ...training && { training }, fp32 };
  const fp32Outputs = await clock.time("inference", () => runFp32({ ...run, modelDir, planned }, fp32, validation));
  const labelled2 = !planned.validation.generated && validation.samples.every(({ label }) => label !== void 0);
  if (!labelled2 && !planned.validation.generated && needsLabels(planned)) {
    throw new UserError(
      `${planned.name}: the validation data has no labels, which metric ${JSON.stringify(planned.metric)} needs; name them with \`labels\`, or choose a metric that compares with FP32 alone (agreement, kl, sqnr, cosine)`
    );
  }
  const scoring = openScoring(planned.policy, {
    labelled: labelled2,
    outputs: planned.outputs.map(({ name }) => name),
    ...validation.classes && { classes: validation.classes },
    run: (command, { what, env }) => runCommand(command, {
      folder: run.loaded.folder,
      allowed: options.allowCommands,
      what,
      env,
      progress: options.progress
    })
  });
  const reference = await clock.time(
    "score",
    () => at(
      run.loaded,
      ["models", planned.index, "metric"],
      () => scoreReference(scoring, storedOutputs(fp32Outputs), validation.samples, intervals(run))
    )
  );
  const peaks = await clock.time("memory", () => peaksOfFp32({ fp32, validation, runtime }));
  return { ...base, ...peaks, reference, speed: /* @__PURE__ */ new Map(), starts: /* @__PURE__ */ new Map(), environments: [] };
}
function needsLabels({ metric, variants }) {
  const limited2 = variants.some(({ options }) => options.limits.accuracy !== void 0);
  return limited2 && typeof metric === "string" && !isLabelFree(metric) && !metricTraits[metric].labelFree;
}

// src/engine/run.ts
async function openWorkDir(workDir, { outDir, resume }) {
  try {
    if (!resume) await rm3(workDir, { recursive: true, force: true });
    await mkdir11(workDir, { recursive: true });
  } catch (error) {
    const { code, message } = error;
    if (!["EACCES", "EPERM", "EROFS", "EEXIST", "ENOTDIR", "ENOSPC"].includes(code ?? "")) throw error;
    throw new UserError(`cannot write to the output folder ${outDir}: ${message}; name another with --out`, {
      cause: error
    });
  }
}
function discard(outDir, workDir) {
  rmSync2(workDir, { recursive: true, force: true });
  try {
    rmdirSync(outDir);
  } catch {
  }
}
async function runGate(options) {
  const startedAt = /* @__PURE__ */ new Date();
  keepHeapSmall();
  const clock = new StageClock();
  const effective = effectivePolicy(await loadPolicy(options.policyPath), options.base);
  const { loaded } = effective;
  if (loaded.policy.gate.regression && !options.base) {
    options.progress.note(`gate.regression is not checked: ${options.noBase ?? "this run has no base branch"}`);
  }
  const planned = await clock.time("plan", () => planRun(loaded, options));
  const runtime = await clock.time(
    "runtime",
    () => locateRuntime({
      ...options.runtimePath !== void 0 && { runtimePath: options.runtimePath },
      progress: options.progress
    })
  );
  const outDir = resolve8(options.outDir);
  const workDir = join28(outDir, ".work");
  await openWorkDir(workDir, options);
  const context = {
    options,
    loaded,
    runtime,
    clock,
    workDir,
    threads: loaded.policy.measure.threads ?? physicalCores(),
    ...effective.before && { basePolicy: effective.before }
  };
  const gated = [];
  const resumable = planned.some(({ variants }) => variants.some(({ level }) => level === 3));
  const interrupted = () => {
    if (!resumable) discard(outDir, workDir);
  };
  process.once("exit", interrupted);
  try {
    for (const model of planned) gated.push(await gateModel(context, model));
  } catch (error) {
    discard(outDir, workDir);
    throw error;
  } finally {
    process.off("exit", interrupted);
  }
  const { gate } = loaded.policy;
  const decided = decideGate(
    gated.map(({ report: report2 }) => report2),
    loaded.policy
  );
  const conditions = worstOf(gated.flatMap(({ environments }) => environments));
  const noise2 = Math.max(0, ...gated.flatMap(({ noise: noise3 }) => noise3));
  const report = {
    schemaVersion: 1,
    verdict: decided.verdict,
    startedAt: startedAt.toISOString(),
    seconds: Math.round((Date.now() - startedAt.getTime()) / 10) / 100,
    stages: clock.seconds,
    inRuntime: clock.inRuntime,
    policy: {
      path: options.policyPath,
      sha256: loaded.sha256,
      ...effective.changes && { changes: effective.changes },
      ...loaded.policy.publish && { publish: loaded.policy.publish }
    },
    ...describeBase(options, effective),
    machine: { ...await describeMachine(runtime), ...noise2 > 0 && { noise: noise2 }, ...conditions && { conditions } },
    gate: {
      require: Array.isArray(gate.require) ? gate.require.join(", ") : gate.require,
      confidence: gate.confidence,
      onInconclusive: gate["on-inconclusive"],
      reason: decided.reason
    },
    models: gated.map(({ report: model }) => model)
  };
  const written2 = await writeOutput(outDir, {
    report,
    variants: gated.flatMap(({ report: { name }, files }) => files.map((file) => ({ model: name, ...file }))),
    version
  });
  await rm3(workDir, { recursive: true, force: true });
  return { report: written2.report, outDir: options.outDir, exitCode: decided.passed ? 0 : 1 };
}

// src/log-progress.ts
var intervalMs = 5e3;
function logProgress(write, now = Date.now) {
  return {
    stage(name, total, unit = "") {
      const started = now();
      let written2 = started;
      let count2 = 0;
      return {
        advance(by = 1, detail = "") {
          count2 += by;
          if (now() - written2 < intervalMs) return;
          written2 = now();
          write(`${name}: ${[progressCount(count2, total, unit), detail].filter(Boolean).join(", ")}`);
        },
        done(detail = "") {
          const seconds2 = (now() - started) / 1e3;
          if (seconds2 >= 2 || detail) write(`${name}: ${detail || "done"} (${seconds2.toFixed(1)} s)`);
        }
      };
    },
    note: write
  };
}

export {
  physicalCores,
  silent,
  noteOnce,
  progressCount,
  locateRuntime,
  materialize,
  isJobError,
  WorkerProcess,
  failureOfFp32,
  isOfQuantizer,
  remarksOn,
  resolveTarget,
  planRun,
  operatorOf,
  nodeLabel,
  provePlacement,
  upgradeOpset,
  toCanonicalForm,
  observeNodes,
  quantizeDynamic,
  planStatic,
  previewBranches,
  planRemaining,
  describeValues,
  prepareForQuantization,
  productRows,
  reportNodes,
  parameterName,
  findBlocks,
  outputsOf,
  recordShapes,
  constantShapes,
  samplesOfOneShape,
  isTrainedHere,
  startsFrom,
  runGate,
  logProgress
};
