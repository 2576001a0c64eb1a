/** Why a photo is not taken: by the gates of `vision`, which boxes and the platform share. */
import type { Sentence } from "./told";

export const PHOTOS: Sentence[] = [
  ["the face is * pixels, more than * are needed", "人脸为 $1 像素，需要超过 $2 像素"],
  ["the head is turned by * degrees in all, at most * are allowed", "头部偏转合计 $1 度，最多允许 $2 度"],
  ["the face is too dark (*, * to * is good)", "面部太暗（$1，合适范围 $2 至 $3）"],
  ["the face is too bright (*, * to * is good)", "面部太亮（$1，合适范围 $2 至 $3）"],
  ["the face is blurred (clarity *, at least * is needed)", "人脸模糊（清晰度 $1，至少需要 $2）"],
  ["part of the face is outside of the picture", "人脸有一部分在画面之外"],
  ["an eye or the mouth is outside of the picture", "眼睛或嘴在画面之外"],
  ["no face was found in the picture", "图片中没有找到人脸"],
  ["not a JPEG, PNG, WebP or BMP picture", "不是 JPEG、PNG、WebP 或 BMP 图片"],
  ["not a JPEG, PNG, WebP or BMP image", "不是 JPEG、PNG、WebP 或 BMP 图片"],
  ["the picture has * bytes, more than the * allowed", "图片有 $1 字节，超过允许的 $2 字节"],
  ["the picture announces * pixels, more than the * allowed", "图片为 $1 像素，超过允许的 $2 像素"],
  ["the picture is animated", "图片是动画"],
  ["the picture cannot be decoded: *", "图片无法解码：$1"],
  ["the engine failed: *", "识别引擎出错：$1"],
  ["no photo of this person is kept", "没有保存此人员的照片"],
  ["this person has no registration photo to compare it with", "此人员没有可用于比对的登记照片"],
  [
    "the photo does not resemble the registration photo (* of *); it shows somebody else",
    "照片与登记照片不相似（$1，需要 $2），是另一个人",
  ],
  ["the person has * further photos already; remove one first", "此人员已有 $1 张补充照片，请先删除一张"],
  ["a new person needs a photo", "新人员需要照片"],
  ["shows no face that can be compared", "图片中没有可比对的人脸"],
  ["must be a JPEG or PNG picture", "必须是 JPEG 或 PNG 图片"],
  ["must be the image itself", "必须是图片本身"],
];
