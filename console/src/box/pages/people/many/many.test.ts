import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { says } from "../manyWords";
import { parse, textOf, write } from "./csv";
import { again, type Ground, listOf, personOf } from "./rows";
import { entriesOf, NoZip } from "./zip";

const w = says.en;
const ground: Ground = {
  groups: [
    { id: "0", name: "0" },
    { id: "a1", name: "Lab" },
  ],
  libraries: ["default_group", "Staff"],
};
const photo = { name: "photos/1001.JPG", read: async () => new Blob(["face"]) };

test("a list is read whatever separates its cells", () => {
  for (const text of ['id,name\r\n1,"Wang, Wu"\r\n', 'id;name\n1;"Wang, Wu"', "id\tname\n\n1\tWang, Wu\n"])
    assert.deepEqual(
      parse(text).map(({ cells }) => cells),
      [
        ["id", "name"],
        ["1", "Wang, Wu"],
      ],
    );
  const [, row] = parse('a,b\n"two\nlines, ""quoted""",x\n');
  assert.deepEqual(row, { line: 2, cells: ['two\nlines, "quoted"', "x"] });
  assert.deepEqual(
    parse("\n\na\n").map(({ line }) => line),
    [3],
  );
  assert.deepEqual(parse(write([["a,b", 'c"d', "e\nf"]]))[0]?.cells, ["a,b", 'c"d', "e\nf"]);
});

test("a list is UTF-8, marked or not, or GB18030", () => {
  const bytes = (...all: number[]) => new Uint8Array(all).buffer;
  assert.equal(textOf(bytes(0xef, 0xbb, 0xbf, 0xe5, 0x90, 0x8d)), "名");
  assert.equal(textOf(bytes(0xc3, 0xfb)), "名");
  assert.equal(textOf(bytes(0xff, 0xff)), null);
});

test("a line becomes a person, by the names a list uses", async () => {
  const header = ["编号", "姓名", "Permission groups", "Card number", "类型", "colour"];
  const cells = ["1001", "王五", "Lab;0", "4711", "访客", "red"];
  const list = listOf(`${header.join("\t")}\n${cells.join("\t")}\n`, w);
  assert.deepEqual(list.unknown, ["colour"]);
  const person = await personOf(list.rows[0] as never, list, ground, [photo], w);
  assert.deepEqual(
    { ...person, photo: await person.photo.text() },
    {
      id: "1001",
      photo: "face",
      libraries: ["default_group"],
      info: { visit_card_number: "4711", name: "王五", type: 2, permission_ids: ["a1", "0"] },
    },
  );
});

test("what is wrong with a line is said, and its lines can be sent again", async () => {
  const text = "identity_id,name,type,groups,libraries,photo,reason\n";
  const wrong: [string, string][] = [
    [",Nobody,,,,", w.noId],
    ["1001,,,,,", w.noName],
    ["1001,One,six,,,", w.wrongType("six")],
    ["1001,One,,Roof,,", w.wrongGroup("Roof")],
    ["1001,One,,,Attic,", w.wrongLibrary("Attic")],
    ["1002,Two,,,,", w.noPhoto("1002")],
    ["1001,One,,,,other.png", w.noPhoto("other.png")],
  ];
  for (const [line, reason] of wrong) {
    const list = listOf(text + line, w);
    await assert.rejects(personOf(list.rows[0] as never, list, ground, [photo], w), { message: reason });
  }
  const list = listOf(`${text}1001,One,,,,,no face\n1001,Two,,,,,\n`, w);
  await assert.rejects(personOf(list.rows[1] as never, list, ground, [photo], w), { message: w.twice(2) });
  const failed = again(list, [{ row: list.rows[1] as never, reason: "the id, again" }]);
  assert.equal(
    failed,
    'identity_id,name,type,groups,libraries,photo,reason\r\n1001,Two,,,,,"the id, again"\r\n',
  );
  assert.throws(() => listOf("name\nOne\n", w), { message: w.noColumn("identity_id") });
  assert.throws(() => listOf("identity_id,name\n", w), { message: w.noRows });
});

/** An archive of one packed file. */
function packed(name: string, content: Buffer, told = content.length): Blob {
  const label = Buffer.from(name);
  const data = deflateRawSync(content);
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(8, 4);
  facts.writeUInt32LE(data.length, 14);
  facts.writeUInt32LE(told, 18);
  facts.writeUInt16LE(label.length, 22);
  const file = Buffer.concat([Buffer.from("PK\x03\x04"), facts, label, data]);
  const entry = Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), facts, Buffer.alloc(14), label]);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length, 12);
  end.writeUInt32LE(file.length, 16);
  return new Blob([Buffer.concat([file, entry, end])]);
}

test("an archive gives its files, and no more than it says", async () => {
  const [entry] = await entriesOf(packed("a/1001.jpg", Buffer.from("a face, ".repeat(100))));
  assert.equal(entry?.name, "a/1001.jpg");
  assert.equal((await (await entry?.read())?.text())?.length, 800);
  const [bomb] = await entriesOf(packed("bomb", Buffer.alloc(11 << 20), 1));
  await assert.rejects(async () => bomb?.read(), NoZip);
  await assert.rejects(entriesOf(new Blob(["no archive"])), NoZip);
  const cut = packed("1.jpg", Buffer.from("x"));
  await assert.rejects(entriesOf(cut.slice(40)), NoZip);
});
