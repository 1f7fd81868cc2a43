import { writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/** Writes a zip archive with one file in it, not compressed: what a wheel is, small enough for a test. */
export async function writeZip(path: string, name: string, content: string): Promise<void> {
  const nameBytes = Buffer.from(name);
  const data = Buffer.from(content);
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0); // version needed
  facts.writeUInt32LE(crc32(data), 10);
  facts.writeUInt32LE(data.length, 14);
  facts.writeUInt32LE(data.length, 18);
  facts.writeUInt16LE(nameBytes.length, 22);

  const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, nameBytes, data]);
  const madeBy = Buffer.from([20, 0]);
  const central = Buffer.concat([
    Buffer.from('PK\x01\x02'),
    madeBy,
    facts,
    Buffer.alloc(14),
    nameBytes,
  ]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  await writeFile(path, Buffer.concat([local, central, end]));
}
