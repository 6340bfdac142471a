"""
Which typefaces write the codes, and who may use them. The fonts of the test set, all from Debian, are never trained on, nor is a
relative of theirs: no Vera or Hack (DejaVu), no Arimo or Cousine (Liberation), no Nimbus or Courier (FreeFont), no DIN, no ISO 3098.
"""

# Families on PyPI as fontpkg-<name>: SIL Open Font License 1.1; roboto, open-sans and others of Google's are Apache-2.0 or OFL.
TRAINED = """
abeezee abel acme albert-sans alumni-sans antic-slab anton archivo archivo-narrow arvo asap assistant atkinson-hyperlegible barlow
barlow-condensed barlow-semi-condensed be-vietnam-pro bebas-neue bitter black-ops-one cabin cairo catamaran chakra-petch chivo comfortaa
dm-mono dm-sans dosis encode-sans epilogue exo exo-2 figtree fira-code fira-sans fira-sans-condensed fjalla-one geist geist-mono
hammersmith-one hanken-grotesk heebo hind ibm-plex-mono ibm-plex-sans ibm-plex-sans-condensed ibm-plex-serif inconsolata instrument-sans
inter jetbrains-mono josefin-sans jost kanit karla lato league-spartan lexend libre-baskerville libre-franklin manrope maven-pro
merriweather-sans montserrat mukta mulish news-cycle noto-sans noto-serif nunito nunito-sans onest open-sans orbitron oswald outfit
overpass oxygen play poppins press-start-2p prompt pt-sans pt-sans-narrow pt-serif public-sans questrial quicksand rajdhani
red-hat-display roboto roboto-condensed roboto-flex roboto-mono roboto-slab rubik russo-one saira saira-condensed sanchez sarabun
schibsted-grotesk share-tech signika slabo-27px smooch-sans sofia-sans sora source-code-pro source-sans-3 source-serif-4 space-grotesk
space-mono tajawal teko titillium-web unbounded urbanist varela-round viga work-sans yanone-kaffeesatz zilla-slab
""".split()

# What PyPI has little of: typewriters, terminals, signs, stencils, engravers. Debian package -> its licence, files under /usr/share/fonts.
# OCR-A looks like nothing else and is common on parts: it has to be seen in training to be read.
TRAINED_DEBIAN = {
    "fonts-ocr-a": ("free for any use (Richard B. Wales, Tsukurimashou)", "truetype/ocr-a/OCRA.ttf truetype/ocr-a/OCRABold.ttf"),
    "fonts-go": ("BSD-3-Clause", "fonts-go/Go-Mono.ttf fonts-go/Go-Mono-Bold.ttf fonts-go/Go-Medium.ttf"),
    "fonts-cmu": ("OFL-1.1", "truetype/cmu/cmuntt.ttf truetype/cmu/cmuntb.ttf truetype/cmu/cmunbtl.ttf truetype/cmu/cmunss.ttf"),
    "fonts-compagnon": ("OFL-1.1", "opentype/compagnon/Compagnon-Light.otf opentype/compagnon/Compagnon-Medium.otf opentype/compagnon/Compagnon-Roman.otf"),
    "fonts-paratype": ("OFL-1.1", "truetype/paratype/PTM55F.ttf truetype/paratype/PTM75F.ttf"),
    "fonts-roadgeek": ("MIT", "truetype/roadgeek/RG2014B.ttf truetype/roadgeek/RG2014D.ttf truetype/roadgeek/RG2014F.ttf"),
    "fonts-tiresias": ("GPL-3+ with font exception", "truetype/tiresias/tiresias_signfontz.ttf truetype/tiresias/tiresias_pcfontz.ttf truetype/tiresias/tiresias_pcfontz_bold.ttf"),
    "fonts-adf-mekanus": ("GPL-2+ with font exception", "truetype/adf/MekanusADFStd-Bold.otf truetype/adf/MekanusADFStd-Regular.otf"),
    "fonts-adf-universalis": ("GPL-2+ with font exception", "truetype/adf/UniversalisADFStd-Bold.otf truetype/adf/UniversalisADFStd-Cond.otf truetype/adf/UniversalisADFStd-Regular.otf"),
    "fonts-league-mono": ("OFL-1.1", "opentype/league-mono/LeagueMono-Light.otf opentype/league-mono/LeagueMono-WideBold.otf opentype/league-mono/LeagueMono-NarrowRegular.otf"),
    "fonts-mononoki": ("OFL-1.1", "*/mononoki/mononoki-Regular.ttf */mononoki/mononoki-Bold.ttf"),
    "fonts-anonymous-pro": ("OFL-1.1", "*/*nonymous*/Anonymous?Pro.ttf */*nonymous*/Anonymous?Pro?B.ttf"),
    "fonts-noto-mono": ("OFL-1.1", "truetype/noto/NotoSansMono-Regular.ttf truetype/noto/NotoSansMono-Bold.ttf"),
    "fonts-agave": ("MIT", "*/agave/agave-r-autohinted.ttf */agave/agave-b-autohinted.ttf"),
    "fonts-fantasque-sans": ("OFL-1.1", "truetype/fantasque-sans/Normal/TTF/FantasqueSansMono-Regular.ttf truetype/fantasque-sans/Normal/TTF/FantasqueSansMono-Bold.ttf"),
    "fonts-hermit": ("OFL-1.1", "*/hermit/Hermit-bold.otf */hermit/Hermit-light.otf */hermit/Hermit-medium.otf"),
    "fonts-national-park": ("OFL-1.1", "*/national-park/NationalPark-Regular.otf */national-park/NationalPark-Heavy.otf */national-park/NationalPark-Thin.otf"),
    "fonts-millimetre": ("OFL-1.1", "*/millimetre/millimetreA?01.otf */millimetre/millimetreA?Bold?01.otf"),
    "fonts-stick": ("OFL-1.1", "*/*tick/Stick-Regular.ttf"),
    "fonts-gnutypewriter": ("OFL-1.1", "*/*typewriter/GNUTypewriter.ttf"),
    "fonts-tuffy": ("public domain", "*/*uffy/Tuffy.ttf */*uffy/Tuffy_Bold.ttf"),
    "fonts-mplus": ("free for any use (M+ FONTS)", "opentype/mplus/MplusCodeLatin50-Regular.otf opentype/mplus/MplusCodeLatin60-Bold.otf"),
    "fonts-monoid": ("MIT or OFL-1.1", "*/monoid/Monoid-Bold.ttf */monoid/Monoid-Regular.ttf"),
    "fonts-vlgothic": ("free for any use (M+ FONTS, Sazanami)", "*/vlgothic/VL-Gothic-Regular.ttf"),
    "fonts-ipafont-gothic": ("IPA Font License 1.0", "*/ipafont-gothic/ipag.ttf"),
    "fonts-clear-sans": ("Apache-2.0", "*/clear-sans/ClearSans-Light.ttf */clear-sans/ClearSans-Medium.ttf"),
    "fonts-allerta": ("OFL-1.1", "*/allerta/allerta_medium.otf */allerta/allerta_stencil.otf"),
    "fonts-sil-andika": ("OFL-1.1", "*/andika/Andika-Regular.ttf */andika/Andika-Bold.ttf"),
    "fonts-karmilla": ("OFL-1.1", "*/karmilla/Karmilla-Regular.ttf */karmilla/Karmilla-Bold.ttf"),
    "fonts-dotgothic16": ("OFL-1.1", "*/*otgothic16/DotGothic16-Regular.ttf"),
    "fonts-cantarell": ("OFL-1.1", "*/cantarell/Cantarell-Regular.otf */cantarell/Cantarell-Bold.otf"),
    "fonts-gemunu-libre": ("OFL-1.1", "*/gemunu*/GemunuLibre-Light.otf */gemunu*/GemunuLibre-Bold.otf"),
}

HELD_OUT_DEBIAN = {
    "fonts-dejavu-core": ("Bitstream Vera, public domain changes", "truetype/dejavu/DejaVuSans.ttf truetype/dejavu/DejaVuSansMono.ttf truetype/dejavu/DejaVuSansMono-Bold.ttf"),
    "fonts-liberation2": ("OFL-1.1", "truetype/liberation2/LiberationSans-Regular.ttf truetype/liberation2/LiberationSans-Bold.ttf truetype/liberation2/LiberationMono-Regular.ttf"),
    "fonts-freefont-ttf": ("GPL-3+ with font exception", "truetype/freefont/FreeSans.ttf truetype/freefont/FreeMonoBold.ttf"),
    "fonts-ocr-b": ("public domain", "opentype/ocr-b/OCRB.otf"),
    "fonts-opendin": ("OFL-1.1", "truetype/opendin/OSP-DIN.ttf"),
    "fonts-b612": ("OFL-1.1", "opentype/b612/B612-Regular.otf opentype/b612/B612Mono-Bold.otf"),
}
# What lasers and engravers write: one stroke of even width.
HELD_OUT_ENGRAVED = {
    "fonts-osifont": ("GPL/LGPL with font exception", "truetype/osifont/osifont.ttf"),
    "fonts-routed-gothic": ("OFL-1.1", "truetype/routed-gothic/routed-gothic.ttf truetype/routed-gothic/routed-gothic-narrow.ttf"),
    "fonts-3270": ("BSD-3-Clause or OFL-1.1", "truetype/3270/3270-Regular.ttf"),
}

# Dots of X11, in these folders of it. Terminus and neep in all sizes, Sony's and Schumacher's, Unifont, Spleen, M+, Lucida's and DEC's terminals, and the
# Latin letters of Japanese fonts. No design of which more than half the characters are the very dots of one that tests.
BITMAPS_TRAINED = {
    "xfonts-terminus": ("OFL-1.1", [f"misc/ter-u{size}{weight}_unicode" for size in (12, 14, 16, 18, 20, 22) for weight in "nb"]),
    "xfonts-base": ("public domain and MIT", [f"misc/cl{name}" for name in ("R6x8", "R6x12", "R6x13", "R7x8", "R7x12", "R7x14", "R8x8", "R8x12", "R8x14", "B8x12", "B8x14")]),
    "xfonts-jmk": ("GPL-2+", [f"misc/neep-iso8859-1-{size}{weight}" for size in ("05x11", "06x11", "06x13", "08x15", "10x20") for weight in ("", "-bold")]),
    "xfonts-unifont": ("GPL-2+ with font exception", ["misc/unifont"]),
    "fonts-spleen": ("BSD-2-Clause", ["misc/spleen-6x12", "misc/spleen-8x16", "misc/spleen-12x24"]),
    "xfonts-mplus": ("free for any use (M+ FONTS)", [f"misc/mplus_{name}" for name in ("f10b", "f10r", "f12b", "f12r")]),
    "xfonts-75dpi": ("as X11 (Adobe, Bitstream, DEC); Lucida: royalty-free (Bigelow & Holmes)", [f"75dpi/{name}" for name in """
        lutRS10 lutRS12 lutRS18 lutRS19 lutBS10 lutBS12 lutBS14 luRS10 luRS12 luRS14 luBS10 luBS12 luBS14 term14 termB14 charR10 charR12 charB10
        ncenR12""".split()]),
    "xfonts-shinonome": ("public domain", [f"misc/shnm{name}" for name in ("8x16a", "8x16ab", "9x18a", "9x18ab")]),
    "xfonts-mona": ("public domain", ["misc/mona8x16a", "misc/mona8x16aB"]),
    "xfonts-ayu": ("public domain", [f"misc/{name}" for name in ("9x18gm", "9x18m", "9x18mb", "10x20gm", "10x20m", "10x20b")]),
    "xfonts-kaname": ("GPL-1+", ["misc/kaname-latin1", "misc/kaname-latin1b"]),
    "xfonts-a12k12": ("public domain", ["misc/a12"]),
    "xfonts-marumoji": ("as X11 (PFU)", ["misc/7x14maru"]),
}
# X11's "fixed" in all its sizes from 5x7 dots on. The bold 7x14 is left out: its 0 and O are the same dots.
BITMAPS_HELD_OUT = {"xfonts-base": ("public domain and MIT", [f"misc/{size}" for size in ("6x10", "6x12", "6x13", "7x13", "7x14", "8x13", "9x15", "9x18", "10x20")])}

DEBIAN = sorted({*TRAINED_DEBIAN, *HELD_OUT_DEBIAN, *HELD_OUT_ENGRAVED, *BITMAPS_TRAINED, *BITMAPS_HELD_OUT})
