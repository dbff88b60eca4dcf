package deepseektest

import (
	"net/url"
	"time"
)

// A page is one of the small web that the search finds.
type page struct {
	url       string
	title     string
	site      string
	lang      string
	date      time.Time
	authority int
	text      string // Markdown, without the title
}

// markdown returns the page as Fetch gives it.
func (d *page) markdown() string { return "# " + d.title + "\n\n" + d.text }

// icon returns the URL of the icon of the page's site.
func (d *page) icon() string {
	u, err := url.Parse(d.url)
	if err != nil {
		return ""
	}
	return "https://" + u.Host + "/favicon.ico"
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// corpus is the web. The names of the sites are reserved for examples; what the
// pages say of the sea is so.
var corpus = []page{
	{
		url: "https://atlas.example.org/trenches/challenger-deep", title: "Challenger Deep", site: "Atlas of the Deep",
		lang: "en", date: day(2025, time.March, 14), authority: 4,
		text: `The Challenger Deep is the deepest known place of the sea. It lies at the southern end of the Mariana Trench in the western Pacific, about 10,935 metres below the surface, and is named after HMS Challenger, which sounded nearby in 1875.

## The pressure

At the bottom the water weighs more than a thousand atmospheres: about 1,086 bar, or a little over a tonne on each square centimetre. The temperature is between 1 and 4 degrees.

## Those who went there

Jacques Piccard and Don Walsh reached the bottom on 23 January 1960 in the bathyscaphe Trieste and stayed for twenty minutes. James Cameron went alone on 26 March 2012. Since 2019 Victor Vescovo and others have dived there many times in a submersible that is built to come back.

What lives there is small. Sea cucumbers, amphipods and foraminifera have been seen on the bottom, but no fish: they seem to end about two and a half kilometres above it.
`,
	},
	{
		url: "https://atlas.example.org/zones/hadal", title: "The hadal zone", site: "Atlas of the Deep",
		lang: "en", date: day(2026, time.January, 20), authority: 4,
		text: `The hadal zone is the deepest part of the sea: all that lies below 6,000 metres. It is named after Hades. Nearly all of it is in trenches, where one plate of the crust goes down under another, and most of those are around the Pacific.

It takes up less than two percent of the sea floor, but almost half of the depth of the ocean. The trenches are like islands: what lives in one seldom reaches the next, so many animals are found in a single trench and nowhere else.

Food comes from above. It slides down the slopes and gathers along the axis of the trench, and after an earthquake much of it comes at once. Amphipods find a carcass within minutes. Below about 8,200 metres there are no fish, and the amphipods, some as long as a hand, have no one to fear.
`,
	},
	{
		url: "https://museum.example.org/fish/hadal-snailfish", title: "Hadal snailfish, the deepest of all fish", site: "Museum of the Sea",
		lang: "en", date: day(2026, time.May, 4), authority: 3,
		text: `Snailfish are pink, soft and about as long as a hand. They have no scales, and through their skin one can see the liver. Of all fish they live the deepest.

## The record

In August 2022 a young snailfish of the genus Pseudoliparis was filmed at 8,336 metres in the Izu-Ogasawara Trench, south of Japan. A few days later two were caught at 8,022 metres in the Japan Trench. No fish was ever brought up from a greater depth.

## How they stand the pressure

Their bones are thin and partly cartilage, and they have no swim bladder: where there is no gas, there is nothing to crush. Pressure also bends proteins out of shape. Against that their cells are full of a substance called TMAO, and the deeper a fish lives the more of it there is. Near 8,400 metres a fish would hold so much that water would flow into its body, and this may be why there are none below.

They eat amphipods, which they suck in. Nothing at that depth eats them.
`,
	},
	{
		url: "https://museum.example.org/vents", title: "Hydrothermal vents and the life around them", site: "Museum of the Sea",
		lang: "en", date: day(2024, time.September, 9), authority: 3,
		text: `In 1977 the submersible Alvin found warm springs at a depth of 2,500 metres on the Galápagos Rift. Geologists had looked for the springs. No one had looked for what was living there: clams as long as a foot, crabs, and worms in tubes, in a place without light.

## Black smokers

Two years later, on the East Pacific Rise, the first black smokers were seen. Sea water sinks into the crust, is heated to as much as 400 degrees, and comes back full of metals and sulphide. It does not boil, since the pressure is too great. Where it meets the cold sea the metals fall out as black grains, which build chimneys many metres high.

## Life without the sun

The giant tubeworm Riftia has neither mouth nor gut. Bacteria inside it make sugar from carbon dioxide, with the energy of sulphide in place of light. This is called chemosynthesis. Its red plume takes up sulphide and oxygen at the same time, bound to one kind of haemoglobin.

Vents last for years or decades. When one dies, larvae must find another, which may be hundreds of kilometres away.
`,
	},
	{
		url: "https://museum.example.org/whale-fall", title: "Whale falls", site: "Museum of the Sea",
		lang: "en", date: day(2025, time.November, 30), authority: 3,
		text: `When a whale dies and sinks, forty tonnes of food arrive at once in a place that otherwise lives on crumbs. What follows takes decades, and comes in stages.

First come the scavengers. Sleeper sharks, hagfish and crabs take the flesh, which lasts them for months, or up to two years. Then worms, snails and small crustaceans settle on the bones and in the rich mud around them. In the last stage bacteria break down the fat in the bones and give off sulphide, and animals like those of hydrothermal vents live on that: mussels, clams and limpets, for fifty years or more.

The bones have a worm of their own. Osedax, described in 2004, has no mouth. It dissolves the bone with acid and grows into it with roots, and bacteria in the roots feed it. All the worms that one sees are females; dozens of tiny males live inside each of them.
`,
	},
	{
		url: "https://news.example.com/2026/bioluminescence-survey", title: "Three animals in four make their own light", site: "Example News",
		lang: "en", date: day(2026, time.August, 12), authority: 2,
		text: `Most animals of the open sea make light. A count of more than 350,000 sightings, taken by robots off California down to nearly 4,000 metres, found that about three quarters of the animals in the water can do it, near the surface as well as in the deep.

Jellyfish and worms do it almost without exception. Among fish it is fewer, but in the twilight zone the lanternfish are so many that light is the rule there too.

The light is nearly always blue, since blue goes furthest in water and most eyes of the deep see no other colour. Dragonfish of the genus Malacosteus are an exception: they have red lamps under the eyes, and can see by them without being seen.

Some hunt by light, as the anglerfish does with bacteria in its lure. Others hide by it: squid and hatchetfish light up their bellies as bright as the water above them, so that from below they cast no shadow. Bioluminescence, as it is called, has come into being dozens of times.
`,
	},
	{
		url: "https://news.example.com/2026/nodules", title: "What lies on the abyssal plain: manganese nodules", site: "Example News",
		lang: "en", date: day(2026, time.October, 2), authority: 2,
		text: `Between Hawaii and Mexico, at depths of 4,000 to 5,500 metres, the sea floor is strewn with black lumps the size of potatoes. They hold manganese, nickel, copper and cobalt, and several companies would like to lift them. The area is called the Clarion-Clipperton Zone.

The lumps grow by a few millimetres in a million years. Each began as a shark's tooth, a piece of shell or a grain of rock, on which metals from the water settled. HMS Challenger brought up the first of them in the 1870s.

Mining would take the top of the mud along with the nodules, and raise clouds that drift and settle. In 1989 researchers ploughed a patch of sea floor off Peru to see what would come back. The tracks are still there, and much of the life is not. Sponges and corals need the nodules themselves to sit on, and those do not grow again.
`,
	},
	{
		url: "https://zh.atlas.example.org/submersibles/fendouzhe", title: "奋斗者号：万米载人潜水器", site: "深海图集",
		lang: "zh", date: day(2025, time.July, 8), authority: 4,
		text: `奋斗者号是中国研制的全海深载人潜水器。2020年11月10日，它在马里亚纳海沟的挑战者深渊坐底，深度为10909米，舱内有三名潜航员。此前只有少数几次载人下潜到过那里。

## 载人舱

载人舱是一个钛合金球，可以容纳三人。在万米深处，海水的压力超过一千个大气压，相当于每平方厘米承受一吨多的重量。潜水器用固体浮力材料提供浮力，抛掉压载铁之后就能上浮。

## 科学考察

奋斗者号已经在多条海沟下潜数百次，采集岩石、沉积物和生物样品。科学家在超过九千米的深处发现了成片的管虫和双壳类，它们不靠阳光，而是靠化学合成生活。海沟里的钩虾个体很大，狮子鱼则只出现在大约八千米以浅的地方。
`,
	},
}
