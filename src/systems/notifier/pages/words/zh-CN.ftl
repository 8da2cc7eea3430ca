notifications = 通知
notifications-unread = { $count ->
    [0] 没有未读通知
   *[other] { $count } 条未读通知
}
notifications-none = 您启动或关注的作业还没有任何消息。
notifications-all = 所有通知
notifications-read-all = 全部标为已读
notifications-is-unread = ，未读
notifications-started-by = 由 { $by } 启动
notifications-follow = 关注此作业
notifications-unfollow = 不再关注此作业
notifications-allow = 允许此浏览器显示弹出通知
notifications-what-happened = 最近消息
notifications-show-all = 显示全部
notifications-show-unread = 只显示未读
notifications-rules = 规则
notifications-no-rules = 目前不以邮件或 webhook 通知任何人。规则写在设置的 notify 之下。
notifications-rule = 规则
notifications-when = 何时
notifications-to = 接收者
notifications-every = 最短间隔
notifications-quiet = 免打扰时段
notifications-kept-in = 保存于
notifications-in-settings = 设置
notifications-in-store = 数据库
notifications-test = 发送测试
notifications-test-arrived = 已接受：
notifications-test-refused = 未接受：
notifications-undelivered = 未送达
notifications-receiver = 接收端
notifications-count = 通知数
notifications-replay = 重放
notifications-waits = 等待中
notifications-tried-again = 将于 { $time } 重试
notifications-given-up = { $count ->
   *[other] 尝试 { $count } 次后放弃
}
