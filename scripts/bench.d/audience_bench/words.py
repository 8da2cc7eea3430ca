"""The words that the corpus and its rules are made of."""

FAMILY_NAMES = "陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾游彭詹胡施沈余趙盧梁顏柯翁魏孫戴范方宋鄧杜傅侯曹薛丁卓馬阮董溫唐藍石蔣田康鄒白涂尤韓姚巫"
FEMALE_FIRST = "淑美麗雅怡佳欣婉婷惠秀玉素詩芳靜宜慧筱思心郁佩筠珮瑩雯曉舒依瓊嘉韻琬采芷珍"
FEMALE_SECOND = "芬玲君雯婷萍娟慧珍華如蓉琪芳惠貞儀妤娥嫻蘭敏鈴卿涵茹鳳瑜穎妃倩琳姍菁瑄菱霞"
MALE_FIRST = "志俊建家明文國宗冠柏彥承宏信偉育哲政永正榮世振金慶仁義昌銘耀忠啟士鴻漢智勝德"
MALE_SECOND = "豪傑明宏偉雄龍輝強德仁志賢銘源祥鴻廷霖宇翔成勇盛輔霆樺勳毅鑫彬璋昇達坤堯棋"
EITHER_FIRST = (
    "子宥品羽以安恩予千元可立光天海山雲星晨曦亦禾若凡知言書樂平和木水青之又允有定向東北南西宇辰竹"
)
EITHER_SECOND = (
    "安恩樂晨希語彤軒睿齊寧森遠航川澄然杰凱亞頡萱昕均岑樵澤淳浩原凌夏秋冬春丞庭葵夢瑀岳峰嵐岩"
)
LATIN_FEMALE = """
vivien joanna christina jessica amanda melissa stephanie michelle rebecca natalie
vanessa victoria veronica caroline catherine charlotte elizabeth margaret patricia
cynthia deborah dorothy sandra sharon theresa annabel beatrice bernice bridget camilla
cecilia clarice daphne felicia florence gabrielle genevieve georgina gloria gwendolyn
harriet isabella ivonne jacqueline josephine juliana katrina leticia loretta lucinda
madeleine marianne matilda miranda monica nadine octavia olivia pamela penelope phoebe
priscilla rosalind sabrina samantha serena sophia susanna sylvia tabitha tiffany ursula
valerie winifred yolanda angela wendy peggy fiona grace irene joyce kelly nancy tracy
emily daisy mandy sherry
""".split()
LATIN_MALE = """
anthony benjamin bernard bradley brandon christopher clifford cornelius daniel desmond
dominic douglas edmund edward ernest eugene ferdinand francis frederick gabriel
geoffrey gerald gilbert gordon gregory harold herbert howard jeffrey jeremy jonathan
joseph joshua kenneth lawrence leonard leopold malcolm marcus matthew maurice maxwell
michael nathaniel nicholas oliver patrick percival phillip raymond reginald richard
robert roderick roland russell samuel sebastian sherman sidney solomon spencer stanley
stephen terrence theodore thomas timothy tristan vincent wallace walter warren wilfred
william zachary tommy johnny kevin jason peter steven bruce henry simon victor albert
andrew
""".split()
LATIN_EITHER = """
alex sam chris jamie taylor jordan casey morgan robin lee kim sky river angel ash blake
drew eden jesse kai noel quinn reese rowan sage sunny terry winter yuki miko toto coco
momo kiki lulu nana dodo hana
""".split()
LATIN_FAMILY_NAMES = """
Chen Lin Huang Chang Lee Wang Wu Liu Tsai Yang Hsu Cheng Hsieh Kuo Hung Chiu Tseng Liao
Lai Chou Yeh Su Chuang Lu Chiang Ho Hsiao Lo Kao Pan Chien Chu Chung Peng Tan Ooi Wong
Ng Goh Teo Koh Lim
""".split()
FEMALE_WORDS = """
媽 媽咪 阿嬤 姐 姊 妹妹 小姐 女孩 女王 公主 太太 阿姨 奶奶 少女 女神 仙女 孕婦 主婦 娘
嬸 婆婆 新娘 美眉 妞 千金
""".split()
MALE_WORDS = """
爸 爸比 阿公 哥 弟弟 先生 男孩 國王 王子 老公 叔叔 爺爺 少年 男神 大叔 宅男 阿伯 伯 兄
帥哥 硬漢 好漢 小子 牛郎 公子
""".split()
FEMALE_ENDINGS = """
姐 姊 媽 妹 姨 嬤 婆 娘 嬸 女 妃 后 人妻 小姐 媽媽 阿姨 太太 姑娘 師母 女士
""".split()
MALE_ENDINGS = """
哥 爸 弟 叔 公 伯 爺 兄 郎 男 漢 帝 先生 爸爸 大叔 阿伯 老爹 公子 師父 大哥
""".split()
FEMALE_BEGINNINGS = """
阿嬤 媽媽 姐姐 辣媽 小公主 女王 貴婦 孕 美少女 夫人 阿姨 小姨 姑姑 大嫂 新手媽
""".split()
MALE_BEGINNINGS = """
阿公 爸爸 哥哥 奶爸 小王子 國王 大叔 宅男 型男 老爹 叔叔 大伯 舅舅 大哥 新手爸
""".split()
ADJECTIVES = """
快樂 憂鬱 熱血 愛吃 愛睡 流浪 神秘 可愛 迷路 溫柔 勤勞 懶惰 台北 高雄 台中 花蓮 屏東
宜蘭 澎湖 深夜 午後 週末 透明 彩色 微笑 安靜
""".split()
THINGS = """
貓咪 柴犬 企鵝 鯨魚 蘋果 西瓜 布丁 饅頭 豆花 月亮 星星 雲朵 咖啡 奶茶 鉛筆 相機 機車
火車 海豚 兔子 松鼠 麻糬 湯圓 芋頭 仙人掌 蒲公英 向日葵 石頭 沙發 棉被 襪子 鍵盤 旅人
觀眾 路人 鄉民 學生 司機 老師 工程師 廚師 園丁 船長 畫家 歌手 編輯
""".split()
SYLLABLES = """
ka ki ku ke ko sa shi su so ta chi tsu te to na ni no ha hi fu ma mi mo ya yu yo ra ri
ru re ro wa lin wei xin yu jia hao ming zen dev pop fox owl cat sun sky ice
""".split()
PLACES = """
台北 高雄 台中 新竹 宜蘭 花蓮 嘉義 台南 桃園 基隆 信義區 西門町 逢甲 夜市 捷運站
公司樓下 學校附近 百貨公司 車站 機場 海邊 山上 家裡 社區 醫院 圖書館 咖啡廳 健身房
""".split()
PEOPLE = """
我 我們 朋友 同事 鄰居 老闆 同學 室友 店員 司機 老師 客服 教練 醫生 網友 大家 有人
那個人 小孩 長輩 我老婆 我老公 我女友 我男友 我媽 我爸 我姐 我弟
""".split()
VERBS = """
推薦 吃過 買了 試過 看完 討論 分享 抱怨 比較 研究 排隊等 預約 退掉 收到 忘記帶 修好
弄丟 找到 想要 放棄 嘗試 錯過 喜歡 懷疑 在意 期待 整理 學習
""".split()
OBJECTS = """
牛肉麵 珍珠奶茶 火鍋 早餐店蛋餅 便當 鹹酥雞 新手機 筆電 耳機 演唱會門票 機票 保險
信用卡 房租 口罩 振興券 防曬乳 保養品 奶粉 尿布 股票 基金 電動車 機車 腳踏車 露營裝備
登山鞋 韓劇 動畫 小說 遊戲 考試題目 履歷 面試 報告 作業 專案 會議 年終獎金 加班費
優惠券 團購 包裹
""".split()
WHEN = """
昨天 今天 最近 上禮拜 每天 剛剛 早上 半夜 其實 真的 終於 一直 偶爾 突然 幾乎 從來沒有
難得 已經 好不容易 本來
""".split()
FEELINGS = """
超好吃 很普通 有點失望 太誇張了 蠻划算的 非常滿意 不太確定 還可以接受 笑到不行 覺得很累
有夠感動 真的傻眼 完全無法理解 值得一試 下次不會再來 CP值很高 排到天荒地老 價格偏高
服務態度不錯 效果還在觀察
""".split()
QUESTIONS = """
有人知道怎麼辦嗎 大家覺得呢 請問哪裡買得到 求推薦 這樣正常嗎 有沒有類似經驗
到底該不該換 多少錢才合理 需要先預約嗎 要等多久 可以分期嗎 哪一家比較好
""".split()
