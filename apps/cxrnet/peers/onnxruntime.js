// Answers and times one batch by ONNX Runtime, for `cxrnet bench`.
//
//   node onnxruntime.js FOLDER THREADS N HEIGHT WIDTH
//
// FOLDER holds model.onnx and image.f32, or image.u8 for a graph that takes grey pixels. Prints "ready VERSION"; then, for each line "run K" on
// standard input, the seconds that K runs took; for "answer", "done" once every output lies in
// FOLDER as <name>.f32. NODE_PATH says where onnxruntime-node is.
'use strict';
const fs = require('fs');
const path = require('path');
const readline = require('readline');

function readImage(ort, folder, shape) {
  const grey = path.join(folder, 'image.u8');
  if (fs.existsSync(grey)) return new ort.Tensor('uint8', new Uint8Array(fs.readFileSync(grey)), shape);
  const bytes = fs.readFileSync(path.join(folder, 'image.f32'));
  const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return new ort.Tensor('float32', numbers, shape);
}

async function main() {
  const ort = require('onnxruntime-node');
  const [folder, threads, ...shape] = process.argv.slice(2);
  const session = await ort.InferenceSession.create(path.join(folder, 'model.onnx'), {
    intraOpNumThreads: Number(threads),
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  const [n, height, width] = shape.map(Number);
  const feeds = {image: readImage(ort, folder, [n, 1, height, width])};
  const version = require('onnxruntime-node/package.json').version;
  console.log(`ready ${version}`);
  for await (const line of readline.createInterface({input: process.stdin})) {
    const [command, count] = line.split(' ');
    if (command === 'run') {
      const start = process.hrtime.bigint();
      for (let i = 0; i < Number(count); ++i) await session.run(feeds);
      console.log(Number(process.hrtime.bigint() - start) / 1e9);
    } else if (command === 'answer') {
      const outputs = await session.run(feeds);
      for (const [name, tensor] of Object.entries(outputs)) {
        const data = tensor.data;
        fs.writeFileSync(path.join(folder, `${name}.f32`),
                         Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      }
      console.log('done');
    }
  }
}

main().catch((error) => {
  console.log(`failed ${error.message.split('\n')[0]}`);
  process.exit(1);
});
