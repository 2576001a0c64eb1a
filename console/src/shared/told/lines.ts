/** What is wrong with cameras, doors, receivers and the link to the platform. */
import type { Sentence } from "./told";

export const LINES: Sentence[] = [
  // Cameras.
  ["* refuses the connection: nothing serves streams there", "$1 拒绝连接：那里没有视频流服务"],
  ["* answers, but no picture came within * s", "$1 有应答，但 $2 秒内没有画面"],
  ["the stream is frozen: no frame for * s", "视频流停滞：$1 秒没有画面"],
  ["the stream is frozen: nothing came for * s", "视频流停滞：$1 秒没有数据"],
  ["the stream was lost after * frames", "视频流在 $1 帧后中断"],
  ["the camera refuses user or password; tried again in * min", "摄像机拒绝用户名或密码，$1 分钟后重试"],
  ["the camera refuses user or password", "摄像机拒绝用户名或密码"],
  ["the camera wants a user and a password", "摄像机需要用户名和密码"],
  ["the name of * is not known", "无法解析主机名 $1"],
  ["there is no way to * in this network", "此网络无法到达 $1"],
  ["* does not answer within * s", "$1 在 $2 秒内没有应答"],
  ["* has no stream at *", "$1 的 $2 没有视频流"],
  ["there is no video in the stream", "流中没有视频"],
  ["* does not give the stream: it answers *", "$1 不提供视频流：应答 $2"],
  ["* closed the connection before the first picture", "$1 在第一帧之前断开了连接"],
  ["what * sends cannot be decoded", "无法解码 $1 发送的内容"],
  ["this ffmpeg is too old; 5.1 or newer is needed", "ffmpeg 版本过旧，需要 5.1 或更新版本"],
  [
    "it has not called yet: it is to connect to /api/v1/pad/{name}/stream, or to send captures",
    "尚无终端作为此平板连接，请配对终端",
  ],
  ["nothing was heard of it for a minute", "一分钟内没有收到消息"],
  ["no frame for * s", "$1 秒没有画面"],
  ["the video has ended after * frames", "视频在 $1 帧后结束"],
  ["* is neither a folder nor a file", "$1 既不是文件夹也不是文件"],
  ["its driver broke down", "其驱动程序出错"],
  ["login: wrong password from *", "登录：来自 $1 的密码错误"],
  ["the picture has no end: the upload broke off, or the file is damaged", "图片不完整：上传中断或文件损坏"],
  ["* bytes are more than a capture may have", "$1 字节，超过抓拍图片的上限"],
  ["a pad's capture: *", "平板的画面：@1"],
  ["a pad's message: *", "平板的消息：@1"],
  // Doors.
  ["it answered *, a redirect that is not followed", "应答 $1，是不会跟随的重定向"],
  ["it answered *: user, password or headers are wrong", "应答 $1：用户名、密码或请求头错误"],
  ["it answered *", "应答 $1"],
  [
    "not tried, the last * attempts failed (*); tried again in * s",
    "未尝试：最近 $1 次失败（@2），$3 秒后重试",
  ],
  ["the relay refuses: *", "继电器拒绝：$1"],
  ["* takes no connection within * ms", "$1 在 $2 毫秒内没有接受连接"],
  ["not released for * s: *", "$1 秒未释放：@2"],
  ["this door has no alarm_channel", "此门没有报警通道"],
  // Connections of any kind.
  ["no connection within * s", "$1 秒内无法连接"],
  ["no answer from * within * s", "$1 在 $2 秒内没有应答"],
  ["no answer within * ms", "$1 毫秒内没有应答"],
  ["no answer within * s", "$1 秒内没有应答"],
  ["no answer in time", "没有及时应答"],
  ["cannot reach *: *", "无法连接 $1：@2"],
  ["* cannot be reached: *", "无法连接 $1：@2"],
  ["cannot be reached: *", "无法连接：@1"],
  ["cannot be reached", "无法连接"],
  ["the connection broke: *", "连接中断：@1"],
  ["the connection broke", "连接中断"],
  ["* redirects in a way that is not followed", "$1 的重定向不会跟随"],
  [
    "redirects elsewhere: give the webhook the address it redirects to",
    "重定向到其他地址，请填写重定向后的地址",
  ],
  ["answered *", "应答 $1"],
  ["the receiver answered 410: the address is gone", "接收方应答 410：地址已不存在"],
  ["nothing was taken for * days; the last attempt: *", "$1 天未接收任何内容；最近一次：@2"],
  ["the request could not be made", "无法发出请求"],
  ["Connection refused (os error *)", "连接被拒绝"],
  ["Connection reset by peer (os error *)", "连接被对方重置"],
  ["No route to host (os error *)", "无法到达主机"],
  ["Network is unreachable (os error *)", "网络不可达"],
  ["Connection timed out (os error *)", "连接超时"],
  ["Broken pipe (os error *)", "连接中断"],
  ["No such file or directory (os error *)", "没有此文件或文件夹"],
  ["Permission denied (os error *)", "没有权限"],
  ["*: No such file or directory (os error *)", "$1：没有此文件或文件夹"],
  ["*: Permission denied (os error *)", "$1：没有权限"],
  ["failed to lookup address information: *", "无法解析主机名"],
  ["HTTP *, code *", "HTTP $1，状态码 $2"],
  ["HTTP *, but its body says failure", "HTTP $1，但内容表示失败"],
  // The platform's database and its store of pictures.
  ["the database is busy", "数据库繁忙"],
  ["the database is closed", "数据库已关闭"],
  ["the disk of the database is full", "数据库所在磁盘已满"],
  ["the database cannot be read or written: *", "数据库无法读写：@1"],
  ["the work on the database panicked", "数据库操作异常终止"],
  ["the photo store cannot be used: *", "图片存储无法使用：@1"],
  // The link to the platform.
  ["not connected to the broker", "未连接消息代理"],
  ["refused with HTTP *, code *: *", "被拒绝：HTTP $1，状态码 $2：@3"],
  [
    "the link must look like http://platform:8080/pair/ABCD-EFGH-JKMN-PQRS; copy it whole",
    "链接应形如 http://platform:8080/pair/ABCD-EFGH-JKMN-PQRS，请完整复制",
  ],
  [
    "what answers there is no platform that pairs boxes; check the link",
    "该地址不是可配对设备的平台，请检查链接",
  ],
  ["the link was refused with HTTP status *", "链接被拒绝，HTTP 状态 $1"],
  ["*; nothing has changed, try again", "@1；没有任何改变，请重试"],
  // Warnings of a box.
  [
    'local_api.auth is "none": whoever reaches the port controls this box',
    "local_api.auth 为 none：任何能访问端口的人都能控制此设备",
  ],
  [
    "local_api.tls: there is none, and tokens and faces travel readable on the way to *",
    "未设置 local_api.tls：发往 $1 的令牌和人脸以明文传输",
  ],
  [
    "local_api.allow: people and settings of this box can be changed without credentials from *",
    "local_api.allow：来自 $1 的请求无需凭据即可修改人员和设置",
  ],
  [
    "the fixed threshold * names about * % of strangers among * people; the rule would use *",
    "固定阈值 $1 在 $3 人中会误认约 $2 % 的陌生人；按规则应为 $4",
  ],
  [
    "with * people the name threshold is *, above *: many known faces will stay unnamed; fewer people in one box, or a short list and a person who looks, helps",
    "$1 人时姓名阈值为 $2，高于 $3：许多已登记人员将无法确认姓名；可减少每台设备的人数，或用短名单加人工核对",
  ],
];

/** What is said to programs, in English for people. */
export const PLAINER: Record<string, string> = {
  "it has not called yet: it is to connect to /api/v1/pad/{name}/stream, or to send captures":
    "no device has connected as this pad yet: pair one",
};
