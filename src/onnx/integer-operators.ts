/** https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md */
const kernels =
  /^(Q[A-Z]\w*|MatMulInteger\w*|ConvInteger|DynamicQuantize(MatMul|LSTM)|MatMulNBits|MatMulBnb4|GatherBlockQuantized)$/;
const conversions = /^(QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|QuantizeBFP|DequantizeBFP)$/;

/** Whether an operator, ONNX's own or of com.microsoft, computes with integers: QLinearConv, MatMulInteger, QAttention, ... */
export const isIntegerKernel = (op: string): boolean => kernels.test(op);

/** Whether an operator converts between floats and integers. */
export const isConversion = (op: string): boolean => conversions.test(op);

/** Whether an operator is one that a quantizer puts in. */
export const isOfQuantizer = (op: string): boolean => isIntegerKernel(op) || isConversion(op);
