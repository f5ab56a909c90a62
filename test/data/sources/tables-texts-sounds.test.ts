import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateInputs } from '../../../src/data/generate.ts';
import { plainPreprocess } from '../../../src/data/image/preprocess.ts';
import type { Progress } from '../../../src/progress.ts';
import type { TensorInfo } from '../../../src/tensor.ts';
import { folderOf, open, samplesOf, wav } from '../folder.ts';

const input = (name: string, dims: TensorInfo['dims'], type: TensorInfo['type'] = 'float32'): TensorInfo => ({
  name,
  type,
  dims,
});

describe('csv', () => {
  const table = 'age;income;city;price\n30;1e3;Rom;2.5\n41;-2;Oslo;3\n';

  it('gives all columns but the label to the only input, or columns by name', async () => {
    const folder = await folderOf({ 'numbers.csv': 'a,b,price\n1,2,0.5\n3,4,1\n', 'mixed.csv': table });
    const all = await samplesOf(
      await open(
        folder,
        { csv: 'numbers.csv', label: 'price' },
        { inputs: [input('x', ['n', 2])], task: 'regression' },
      ),
    );
    expect(all).toEqual([
      {
        id: 'numbers.csv[0]',
        inputs: { x: { type: 'float32', dims: [1, 2], data: Float32Array.of(1, 2) } },
        label: { kind: 'values', values: [0.5] },
      },
      {
        id: 'numbers.csv[1]',
        inputs: { x: { type: 'float32', dims: [1, 2], data: Float32Array.of(3, 4) } },
        label: { kind: 'values', values: [1] },
      },
    ]);
    const inputs = [input('age', ['n', 1], 'int64'), input('city', ['n', 1], 'string'), input('rest', ['n', 2])];
    const mapped = await samplesOf(
      await open(folder, { csv: 'mixed.csv', inputs: { rest: ['price', 'income'] } }, { inputs }),
    );
    expect(mapped[1]?.inputs).toEqual({
      age: { type: 'int64', dims: [1, 1], data: BigInt64Array.of(41n) },
      city: { type: 'string', dims: [1, 1], data: ['Oslo'] },
      rest: { type: 'float32', dims: [1, 2], data: Float32Array.of(3, -2) },
    });
  });

  it('says that `preprocess` changes nothing of numbers', async () => {
    const folder = await folderOf({ 'numbers.csv': 'a,b\n1,2\n' });
    const notes: string[] = [];
    const progress: Progress = { stage: () => ({ advance() {}, done() {} }), note: (text) => notes.push(text) };
    const preprocess = { ...plainPreprocess, scale: 2 };
    const options = { inputs: [input('x', ['n', 2])], task: 'regression', preprocess, progress } as const;
    const [sample] = await samplesOf(await open(folder, { csv: 'numbers.csv' }, options));
    expect(sample?.inputs['x']?.data).toEqual(Float32Array.of(1, 2));
    expect(notes).toEqual(['numbers.csv (1 rows): `preprocess` is for images, and nothing of it is done here']);
  });

  it('reads whole numbers with a decimal point, as pandas writes them, as class numbers', async () => {
    const rows = Array.from({ length: 11 }, (_, at) => `0,${at}.0,${at.toExponential(18)}`);
    const folder = await folderOf({
      'floats.csv': `a,float,numpy\n${rows.join('\n')}\n`,
      'mixed.csv': 'a,label\n0,1\n0,10.0\n0,2.\n',
      'half.csv': 'a,label\n0,1.0\n0,1.5\n',
      'far.csv': 'a,label\n0,11.0\n',
    });
    const output = input('scores', ['n', 11]);
    const classes = async (csv: string, label: string, names?: string[]) => {
      const options = { inputs: [input('x', ['n', 1])], output, ...(names && { classes: names }) };
      const source = { csv, label, inputs: { x: ['a'] } };
      return (await samplesOf(await open(folder, source, options))).map(
        ({ label }) => label?.kind === 'class' && label.index,
      );
    };
    const counting = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    expect(await classes('floats.csv', 'float')).toEqual(counting);
    expect(await classes('floats.csv', 'numpy')).toEqual(counting);
    expect(await classes('mixed.csv', 'label')).toEqual([1, 10, 2]);
    const reversed = counting.map(String).reverse();
    expect(await classes('mixed.csv', 'label', reversed)).toEqual([9, 0, 8]);
    await expect(classes('half.csv', 'label')).rejects.toThrow(/half\.csv:3: "1\.5" is not a class/);
    await expect(classes('far.csv', 'label')).rejects.toThrow(/class 11 is beyond the model's output of 11 classes/);
  });

  it('finds the delimiter beside quotes and below empty lines', async () => {
    const folder = await folderOf({ 'a.csv': '\n\n"a,1,2";0\n1;2\n' });
    const [sample] = await samplesOf(await open(folder, { csv: 'a.csv' }, { inputs: [input('x', ['n', 2])] }));
    expect(sample?.inputs['x']?.data).toEqual(Float32Array.of(1, 2));
  });

  it('names line, column and value of what is wrong', async () => {
    const folder = await folderOf({
      'mixed.csv': table,
      'gap.csv': 'a,b\n1,2\n3,\n',
      'blank.csv': 'a,b\n1,2\n3," "\n',
      'comma.csv': 'a;b\n1;2\n3;4,5\n',
      'ragged.csv': 'a,b\n1\n',
      'head.csv': 'a,b\n',
      'twice.csv': 'a,a\n1,2\n',
      'bare.csv': '5.1,3\n4.9,2\n',
      'far.csv': 'a,b\n1,2\n1e400,3\n',
      'big.csv': `a,b\n1,2\n3,${'9'.repeat(400)}\n`,
      'endless.csv': 'a,b\n1,-Infinity\n',
      'wide.csv': Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le'),
      'latin.csv': Buffer.from('a,b\u00e9\n1,2\n', 'latin1'),
    });
    const cases: [object, TensorInfo[], RegExp][] = [
      [{ csv: 'gap.csv' }, [input('x', ['n', 2])], /gap\.csv:3: column "b" is empty, not a number/],
      [{ csv: 'blank.csv' }, [input('x', ['n', 2])], /blank\.csv:3: column "b" is empty, not a number/],
      [{ csv: 'comma.csv' }, [input('x', ['n', 2])], /column "b" is "4,5", not a number; write decimals with a point/],
      [
        { csv: 'mixed.csv', label: 'price' },
        [input('x', ['n', 3])],
        /mixed\.csv:2: column "city" is "Rom", not a number/,
      ],
      [
        { csv: 'mixed.csv', label: 'prices' },
        [input('x', ['n', 3])],
        /no column "prices" \(`label`\); its columns are "age", "income", "city", "price"/,
      ],
      [{ csv: 'gap.csv' }, [input('x', ['n', 3])], /gap\.csv gives 2 columns \(a, b\).*takes \[n, 3\]/],
      [{ csv: 'ragged.csv' }, [input('x', ['n', 2])], /ragged\.csv: .*line 2/],
      [{ csv: 'far.csv' }, [input('x', ['n', 2])], /far\.csv:3: column "a" is "1e400", not a finite number/],
      [{ csv: 'big.csv' }, [input('x', ['n', 2])], /big\.csv:3: column "b" is "9+", not a finite number/],
      [{ csv: 'endless.csv' }, [input('x', ['n', 2])], /endless\.csv:2: column "b" is "-Infinity", not a finite/],
      [
        { csv: 'wide.csv' },
        [input('x', ['n', 2])],
        /wide\.csv is not UTF-8 text but UTF-16, it seems; save it as UTF-8/,
      ],
      [{ csv: 'latin.csv' }, [input('x', ['n', 2])], /latin\.csv is not UTF-8 text; save it as UTF-8/],
      [{ csv: 'twice.csv' }, [input('x', ['n', 2])], /twice\.csv has several columns "a"/],
      [{ csv: 'bare.csv' }, [input('x', ['n', 2])], /bare\.csv begins with numbers \(5\.1, 3\)/],
      [{ csv: 'head.csv' }, [input('x', ['n', 2])], /head\.csv has a header and no rows/],
    ];
    for (const [source, inputs, message] of cases) {
      await expect(open(folder, { ...source }, { inputs }), JSON.stringify(source)).rejects.toThrow(message);
    }
  });
});

describe('jsonl', () => {
  const vocab = '[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\nfilm\ngood\n';
  const ids = input('input_ids', ['batch', 'seq'], 'int64');
  const mask = input('attention_mask', ['batch', 'seq'], 'int64');
  const types = input('token_type_ids', ['batch', 'seq'], 'int64');

  it('feeds ids, mask and types by the names of the inputs', async () => {
    const folder = await folderOf({
      'a.jsonl':
        '{"text": "The film", "other": "good", "label": "pos"}\n\n{"text": "film", "other": "", "label": "neg"}\n',
      'vocab.txt': vocab,
    });
    const samples = await samplesOf(
      await open(folder, { jsonl: 'a.jsonl', 'text-pair': 'other' }, { inputs: [ids, mask, types] }),
    );
    expect(samples[0]).toEqual({
      id: 'a.jsonl[0]',
      inputs: {
        input_ids: { type: 'int64', dims: [1, 6], data: BigInt64Array.of(2n, 4n, 5n, 3n, 6n, 3n) },
        attention_mask: { type: 'int64', dims: [1, 6], data: BigInt64Array.of(1n, 1n, 1n, 1n, 1n, 1n) },
        token_type_ids: { type: 'int64', dims: [1, 6], data: BigInt64Array.of(0n, 0n, 0n, 0n, 1n, 1n) },
      },
      label: { kind: 'class', index: 1 },
    });
    const padded = await samplesOf(
      await open(folder, { jsonl: 'a.jsonl', padding: 'max-length', 'max-length': 5 }, { inputs: [ids, mask] }),
    );
    expect(padded[1]?.inputs['input_ids']?.data).toEqual(BigInt64Array.of(2n, 5n, 3n, 0n, 0n));
    expect(padded[1]?.inputs['attention_mask']?.data).toEqual(BigInt64Array.of(1n, 1n, 1n, 0n, 0n));
  });

  it('gives a dual encoder the two texts apart', async () => {
    const folder = await folderOf({ 'a.jsonl': '{"text": "the film", "other": "film"}\n', 'vocab.txt': vocab });
    const named = (...names: string[]) => names.map((name) => input(name, ['n', 'length'], 'int64'));
    const tokens = async (names: string[], more = {}) => {
      const source = { jsonl: 'a.jsonl', 'text-pair': 'other', ...more };
      const [sample] = await samplesOf(await open(folder, source, { inputs: named(...names) }));
      return names.map((name) => Array.from(sample!.inputs[name]!.data as BigInt64Array, Number));
    };
    const [first, second] = [
      [2, 4, 5, 3],
      [2, 5, 3],
    ] as const;
    const towers = ['query_input_ids', 'query_attention_mask', 'passage_input_ids', 'passage_attention_mask'];
    expect(await tokens(towers)).toEqual([first, [1, 1, 1, 1], second, [1, 1, 1]]);
    expect(await tokens(towers, { padding: 'max-length', 'max-length': 4 })).toEqual([
      first,
      [1, 1, 1, 1],
      [...second, 0],
      [1, 1, 1, 0],
    ]);
    expect(await tokens(['input_ids_a', 'input_ids_b', 'token_type_ids_b'])).toEqual([first, second, [0, 0, 0]]);
    expect(await tokens(['decoder_input_ids'])).toEqual([[...first, 5, 3]]);
    const refused: [string[], object, RegExp][] = [
      [
        towers,
        { 'text-pair': undefined },
        /reads two texts, "query_input_ids" and "passage_input_ids"; .* `text-pair`/,
      ],
      [[...towers, 'attention_mask'], {}, /"attention_mask" .* does not say to which it belongs; use `arrays`/],
      [['input_ids', 'a_ids', 'b_ids'], {}, /3 inputs of tokens, "input_ids", "a_ids" and "b_ids"; use `arrays`/],
      [['input_ids', 'decoder_input_ids'], {}, /"decoder_input_ids" .* what the decoder has answered so far/],
    ];
    for (const [names, more, message] of refused) await expect(tokens(names, more)).rejects.toThrow(message);
  });

  it('gives a language model the next token of each position, padding left out', async () => {
    const folder = await folderOf({ 'a.jsonl': '{"text": "the film"}\n', 'vocab.txt': vocab });
    const source = { jsonl: 'a.jsonl', padding: 'max-length', 'max-length': 6 };
    const [sample] = await samplesOf(await open(folder, source, { inputs: [ids], task: 'language-model' }));
    expect(sample?.label).toMatchObject({ kind: 'tensor', tensor: { data: Int32Array.of(4, 5, 3, -100, -100, -100) } });
  });

  it('names file, line and field of what is wrong', async () => {
    const folder = await folderOf({
      'a.jsonl': '{"text": "film", "label": 1}\n{"text": "good"}\n',
      'label.jsonl': '{"text": "film", "label": 1}\n',
      'bad.jsonl': '{"text": "film"}\nfilm\n',
      'field.jsonl': '{"txet": "film"}\n',
      'number.jsonl': '{"text": 3}\n',
      'vocab.txt': vocab,
      'alone/a.jsonl': '{"text": "film"}\n',
      'latin.jsonl': Buffer.from('{"text": "\xe9"}\n', 'latin1'),
      'object.jsonl': '{"text": "film", "label": {"class": 1}}\n',
      'gap.jsonl': '{"text": "film", "label": [1, null]}\n',
      'none.jsonl': '{"text": "film", "label": []}\n',
      'far.jsonl': '{"text": "film", "label": 1e400}\n',
    });
    const cases: [object, TensorInfo[], RegExp][] = [
      [{ jsonl: 'a.jsonl' }, [ids], /a\.jsonl:2 has no label \(field "label"\), and 1 other rows have/],
      [{ jsonl: 'a.jsonl', label: 'lable' }, [ids], /a\.jsonl: no line has the field "lable" \(`label`\)/],
      [{ jsonl: 'bad.jsonl' }, [ids], /bad\.jsonl:2 is not JSON/],
      [{ jsonl: 'field.jsonl' }, [ids], /field\.jsonl:1 has no field "text" \(`text`\); did you mean "txet"\?/],
      [{ jsonl: 'number.jsonl' }, [ids], /number\.jsonl:1: field "text" \(`text`\) is 3, not a text/],
      [{ jsonl: 'a.jsonl', text: 'constructor' }, [ids], /a\.jsonl:1 has no field "constructor"/],
      [{ jsonl: 'latin.jsonl' }, [ids], /latin\.jsonl is not UTF-8 text/],
      [{ jsonl: 'object.jsonl' }, [ids], /object\.jsonl:1: the label {"class":1} is neither a number nor a name/],
      [{ jsonl: 'gap.jsonl' }, [ids], /gap\.jsonl:1: the label null is not a number/],
      [{ jsonl: 'none.jsonl' }, [ids], /none\.jsonl:1: the label \[\] is neither/],
      [{ jsonl: 'far.jsonl' }, [ids], /far\.jsonl:1: the label Infinity is neither/],
      [{ jsonl: 'alone/a.jsonl' }, [ids], /no tokenizer\.json or vocab\.txt beside it; set `tokenizer`/],
      [
        { jsonl: 'a.jsonl' },
        [input('input_ids', ['n', 8], 'int64')],
        /fixed length 8; set `max-length: 8` and `padding: max-length`/,
      ],
      [{ jsonl: 'a.jsonl' }, [ids, input('pixels', ['n', 3, 4, 4])], /"pixels" .* none that a text gives/],
      [
        { jsonl: 'label.jsonl', 'max-length': 2 },
        [ids],
        /`max-length: 2` has no room for a text beside the 2 special tokens of vocab\.txt; write at least 3/,
      ],
      [
        { jsonl: 'label.jsonl', 'text-pair': 'text', 'max-length': 4 },
        [ids],
        /`max-length: 4` has no room for two texts beside the 3 special tokens of vocab\.txt; write at least 5/,
      ],
      [
        { jsonl: 'label.jsonl', 'text-pair': 'text' },
        [input('text', ['n'], 'string')],
        /`text-pair` has no effect: the model's only input "text" \(string \[n\]\) takes one text/,
      ],
    ];
    for (const [source, inputs, message] of cases) {
      await expect(open(folder, { ...source }, { inputs }), JSON.stringify(source)).rejects.toThrow(message);
    }
  });

  it('decodes anew where the settings of the tokenizer have changed', async () => {
    const folder = await folderOf({ 'a.jsonl': '{"text": "Film"}\n', 'vocab.txt': vocab });
    const key = async () => (await open(folder, { jsonl: 'a.jsonl' }, { inputs: [ids] })).cacheKey?.();
    const before = await key();
    await writeFile(join(folder, 'tokenizer_config.json'), '{"do_lower_case": false}');
    expect(await key()).not.toBe(before);
  });
});

describe('audio', () => {
  const inputs = [input('audio', ['batch', 'samples'])];
  const read = async (file: Uint8Array, source: object = {}, dims: TensorInfo['dims'] = ['batch', 'samples']) => {
    const folder = await folderOf({ 'clips/a.wav': file });
    const [sample] = await samplesOf(
      await open(folder, { audio: 'clips', ...source }, { inputs: [input('audio', dims)] }),
    );
    return sample?.inputs['audio'];
  };

  it('scales every kind of sample to [-1, 1) and averages channels', async () => {
    const expected = (...data: number[]) => ({
      type: 'float32',
      dims: [1, data.length],
      data: Float32Array.from(data),
    });
    expect(await read(wav([0, 16384, -32768, 32767]))).toEqual(expected(0, 0.5, -1, 32767 / 32768));
    expect(await read(wav([128, 192, 0], { bits: 8 }))).toEqual(expected(0, 0.5, -1));
    expect(await read(wav([0, 2 ** 22, -(2 ** 23)], { bits: 24 }))).toEqual(expected(0, 0.5, -1));
    expect(await read(wav([2 ** 30, -(2 ** 31)], { bits: 32 }))).toEqual(expected(0.5, -1));
    expect(await read(wav([0.25, -0.5], { bits: 32, float: true }))).toEqual(expected(0.25, -0.5));
    expect(await read(wav([0.25, -0.5], { bits: 32, float: true, extensible: true }))).toEqual(expected(0.25, -0.5));
    expect(await read(wav([0.25, -0.5], { bits: 64, float: true }))).toEqual(expected(0.25, -0.5));
    expect(await read(wav([16384, 0, -16384, -16384], { channels: 2 }))).toEqual(expected(0.25, -0.5));
  });

  it('cuts and pads to `length`, and fits the rank of the input', async () => {
    expect((await read(wav([16384, 8192, 4096]), { length: 2 }))?.data).toEqual(Float32Array.of(0.5, 0.25));
    expect((await read(wav([16384]), { length: 3 }))?.data).toEqual(Float32Array.of(0.5, 0, 0));
    expect((await read(wav([16384]), {}, ['batch', 1, 'samples']))?.dims).toEqual([1, 1, 1]);
    expect((await read(wav([16384]), {}, ['samples']))?.dims).toEqual([1]);
  });

  it.each([
    ['ffmpeg', 0xffffffff],
    ['SoX', 0x7ffff000],
    ['arecord', 0x80000000],
  ])(
    'reads to the end where the header was written before the length was known, as by %s into a pipe',
    async (_, length) => {
      const piped = Buffer.from(wav([16384, 8192]));
      piped.writeUInt32LE(length, 40);
      expect((await read(piped))?.data).toEqual(Float32Array.of(0.5, 0.25));
    },
  );

  it('names the clip that does not fit, for every clip before the first is decoded', async () => {
    const folder = await folderOf({
      'rates/a.wav': wav([1, 2]),
      'rates/b.wav': wav([1, 2], { rate: 16000 }),
      'cut/a.wav': wav(new Array(50).fill(1)).subarray(0, 100),
      'mp3/a.wav': 'ID3\u0003',
      'empty/a.wav': wav([]),
      'ulaw/a.wav': (() => {
        const file = Buffer.from(wav([1], { bits: 8 }));
        file.writeUInt16LE(7, 20);
        return file;
      })(),
      'silent/a.wav': wav([1], { channels: 0 }),
      'lfs/a.wav': 'version https://git-lfs.github.com/spec/v1\n',
      'short/a.wav': wav([1, 2]),
    });
    const cases: [object, RegExp, TensorInfo['dims']?][] = [
      [{ audio: 'rates' }, /rates\/b\.wav has 16000 Hz, expected 8000 Hz/],
      [{ audio: 'short', 'sample-rate': 16000 }, /short\/a\.wav has 8000 Hz, expected 16000 Hz/],
      [{ audio: 'cut' }, /cut\/a\.wav is cut off: 44 bytes of sound are missing/],
      [{ audio: 'mp3' }, /mp3\/a\.wav is not a \.wav file/],
      [{ audio: 'empty' }, /empty\/a\.wav holds no sound/],
      [{ audio: 'ulaw' }, /ulaw\/a\.wav: WAV format 7 with 8 bits is not supported/],
      [{ audio: 'silent' }, /silent\/a\.wav: its header says 0 channels/],
      [{ audio: 'lfs' }, /lfs\/a\.wav is a Git LFS pointer/],
      [{ audio: 'short' }, /short\/a\.wav gives \[1, 2\].*Set `length: 16`/, ['batch', 16]],
    ];
    for (const [source, message, dims] of cases) {
      const wanted = dims ? [input('audio', dims)] : inputs;
      await expect(open(folder, { ...source }, { inputs: wanted }), JSON.stringify(source)).rejects.toThrow(message);
    }
  });

  it('labels clips by folder or CSV file', async () => {
    const folder = await folderOf({
      'clips/no/a.wav': wav([1]),
      'clips/yes/a.wav': wav([2]),
      'l.csv': 'file,label\nyes/a.wav,3\n',
    });
    const labels = async (source: object) =>
      (await samplesOf(await open(folder, { audio: 'clips', ...source }, { inputs }))).map(({ label }) => label);
    expect(await labels({})).toEqual([
      { kind: 'class', index: 0 },
      { kind: 'class', index: 1 },
    ]);
    expect(await labels({ labels: 'l.csv' })).toEqual([{ kind: 'class', index: 3 }]);
  });
});

describe('generated inputs', () => {
  const inputs = [
    input('image', ['batch', 3, 'height', undefined]),
    input('input_ids', ['batch', 'seq'], 'int64'),
    input('attention_mask', ['batch', 'seq'], 'int64'),
    input('state', [2, 'batch', 8]),
    input('flag', [], 'bool'),
    input('sr', [], 'int64'),
    input('bytes', [1, 4], 'uint8'),
  ];

  it('fit the model, and are the same for the same seed', async () => {
    const [one, two, other] = [
      await samplesOf(generateInputs(inputs, 3, 1)),
      await samplesOf(generateInputs(inputs, 3, 1)),
      await samplesOf(generateInputs(inputs, 3, 2)),
    ];
    expect(one).toEqual(two);
    expect(one).not.toEqual(other);
    expect(one[0]).not.toEqual(one[1]);
    const first = one[0]!.inputs;
    expect(Object.fromEntries(Object.entries(first).map(([name, { type, dims }]) => [name, [type, ...dims]]))).toEqual({
      image: ['float32', 1, 3, 224, 224],
      input_ids: ['int64', 1, 32],
      attention_mask: ['int64', 1, 32],
      state: ['float32', 2, 1, 8],
      flag: ['bool'],
      sr: ['int64'],
      bytes: ['uint8', 1, 4],
    });
    expect([...(first['attention_mask']!.data as BigInt64Array)].every((value) => value === 1n)).toBe(true);
    expect([...(first['input_ids']!.data as BigInt64Array)].every((value) => value >= 0n && value < 10n)).toBe(true);
    expect(first['sr']!.data).toEqual(BigInt64Array.of(16000n));
  });

  it('have about mean 0 and variance 1, and neighbours that are alike', async () => {
    const samples = await samplesOf(generateInputs(inputs.slice(0, 1), 8, 3));
    const values = samples.flatMap(({ inputs: feeds }) => [...(feeds['image']!.data as Float32Array)]);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    const step = values.slice(1).reduce((sum, value, at) => sum + (value - values[at]!) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.2);
    expect(variance).toBeGreaterThan(0.7);
    expect(variance).toBeLessThan(1.3);
    // White noise of variance 1 would differ by 2.
    expect(step).toBeLessThan(0.6);
  });
});
