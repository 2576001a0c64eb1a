/** What boxes answer to commands, and what the platform and boxes call things that nobody has named. */
import type { Sentence } from "./told";

export const ANSWERS: Sentence[] = [
  ["* of * people added", "已添加 $1 人，共 $2 人"],
  ["* of * people deleted", "已删除 $1 人，共 $2 人"],
  ["* of * faces pass at level *", "共 $2 张人脸，$1 张达到级别 $3"],
  ["erased *, *", "已清除 @1、@2"],
  ["erased *", "已清除 @1"],
  ["* people", "$1 名人员"],
  ["* events", "$1 条事件"],
  ["nothing was to be erased", "没有需要清除的内容"],
  ["the command names people but no address for their details", "命令列出了人员，但没有获取其详情的地址"],
  ["the details cannot be read: *", "无法读取详情：$1"],
  ["the details cannot be read", "无法读取详情"],
  ["the platform gave no details of this person", "平台没有提供此人员的详情"],
  ["there is no such person on this box", "设备上没有此人员"],
  ["the engine failed on this photo", "识别引擎处理此照片时出错"],
  ["the engine failed on this picture", "识别引擎处理此图片时出错"],
  ["the photo's text could not be decoded", "无法解码照片内容"],
  ["the photo has more than * bytes", "照片超过 $1 字节"],
  ["the photo's address answers with nothing", "照片地址没有返回内容"],
  ["the photo's address answers HTTP *", "照片地址应答 HTTP $1"],
  ["the box failed while executing the command", "设备执行命令时出错"],
  ["the box's answer does not mention this person", "设备的应答未提到此人员"],
  ["everybody, everywhere", "所有人，所有地点"],
];
