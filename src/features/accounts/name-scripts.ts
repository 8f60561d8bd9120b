/** Chinese characters and Japanese kana: names are usually written without a space. */
export const isHanOrKana = (text: string): boolean => /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々〆ヶ]+$/u.test(text);
/** Korean: names are written without a space, and particles follow without one. */
export const isHangul = (text: string): boolean => /^\p{Script=Hangul}+$/u.test(text);
/** Scripts that put no spaces between words. */
export const isWithoutSpaces = (text: string): boolean => /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u.test(text);
/** Either of the first two. */
export const isEastAsian = (text: string): boolean => isHanOrKana(text) || isHangul(text);

// Family names of one character by the censuses of China (2020), Taiwan and Korea (2015), in both forms of writing.
const han = new Set('王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林罗羅高郑鄭梁谢謝宋唐许許韩韓邓鄧冯馮曹彭曾肖萧蕭田董潘袁蔡蒋蔣余于杜叶葉程魏苏蘇吕呂丁任卢盧姚沈钟鍾姜崔谭譚陆陸范范汪廖石金韦韋贾賈夏付方邹鄒熊白孟秦邱侯江尹薛闫閻段雷龙龍黎史陶贺賀毛郝顾顧龚龔邵万萬覃武钱錢戴严嚴欧莫孔向常汤湯康易乔喬赖賴文');
const hangul = new Set('김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국은편용');
const compound = new Set(['欧阳', '歐陽', '司马', '司馬', '诸葛', '諸葛', '上官', '司徒', '夏侯', '皇甫', '慕容', '尉迟', '公孙', '公孫', '令狐', '东方', '端木', '남궁', '황보', '제갈', '선우', '독고', '사공', '서문']);

/**
 * Family and given name of an East Asian name that is written as one word; null where it cannot be told that it is both:
 * `王小明` is, `マリア` and `長谷川` may be either. Of four characters and more, Japanese names have two and the rest.
 */
export function splitName(word: string): readonly [family: string, given: string] | null {
  const letters = [...word];
  if (letters.length < 2 || letters.length > 6 || /[\p{Script=Katakana}]/u.test(word)) return null;
  const [one, two] = [letters[0] ?? '', letters.slice(0, 2).join('')];
  if (compound.has(two) && letters.length > 2) return [two, letters.slice(2).join('')];
  if (letters.length <= 3) return (isHangul(word) ? hangul : han).has(one) ? [one, letters.slice(1).join('')] : null;
  return isHangul(word) ? null : [two, letters.slice(2).join('')];
}
