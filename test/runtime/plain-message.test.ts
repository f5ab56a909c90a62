import { expect, test } from 'vitest';
import { plainMessage } from '../../src/runtime/plain-message.ts';

test.each([
  [
    'Load model from m.onnx failed:/onnxruntime_src/onnxruntime/core/graph/model.cc:202 onnxruntime::Model::Model(onnx::ModelProto&&, const onnxruntime::PathString&, const onnxruntime::ModelOptions&) Unsupported model IR version: 99, max supported IR version: 13\n',
    'Load model from m.onnx failed:Unsupported model IR version: 99, max supported IR version: 13',
  ],
  [
    "Non-zero status code returned while running Reshape node. Name:'r' Status Message: /onnxruntime_src/onnxruntime/core/providers/cpu/tensor/reshape_helper.h:47 onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, onnxruntime::TensorShapeVector&, bool) input_shape_size == size was false. Input shape:{20,5,7}, requested shape:{-1,48}",
    "Non-zero status code returned while running Reshape node. Name:'r' Status Message: input_shape_size == size was false. Input shape:{20,5,7}, requested shape:{-1,48}",
  ],
  [
    'D:\\a\\_work\\1\\s\\onnxruntime\\core\\framework\\utils.cc:12 static void __cdecl onnxruntime::utils::Check(const std::function<void (int)>&) const [with T = float] the sizes differ (2 by 3)',
    'the sizes differ (2 by 3)',
  ],
  [
    '/onnxruntime_src/onnxruntime/core/a.cc:1 onnxruntime::A::Run(int)::<lambda(int, const char*)> first; /onnxruntime_src/onnxruntime/core/b.cc:2 second (third)',
    'first; second (third)',
  ],
  [
    'Status Message: D:\\a\\_work\\1\\s\\onnxruntime\\core\\providers\\cpu\\tensor\\reshape_helper.h:42 onnxruntime::ReshapeHelper::ReshapeHelper size != 0 && (input_shape_size % size) == 0 was false.',
    'Status Message: size != 0 && (input_shape_size % size) == 0 was false.',
  ],
  ['No Op registered for Foo with domain_version of 13', 'No Op registered for Foo with domain_version of 13'],
])('only what ONNX Runtime says is left: %#', (message, plain) => {
  expect(plainMessage(message)).toBe(plain);
});
