"""documents.py: small documents of each kind that a program of the table opens.

make(KIND, FOLDER, STEM) writes one, and returns its path.  The stem is a unique
word: a window with it in its title shows the document.
"""
import gzip
import os
import sqlite3
import struct
import wave
import zipfile
import zlib

PNM = b"P6 64 48 255\n" + bytes([200, 60, 60]) * (64 * 48)


def png(width=64, height=48):
    def chunk(name, data):
        return (struct.pack(">I", len(data)) + name + data +
                struct.pack(">I", zlib.crc32(name + data)))

    rows = (b"\0" + b"\xc8\x3c\x3c" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


TEXTS = {
    "txt": "text of {0}\n",
    "md": "# {0}\n\ntext\n",
    "py": "# {0}\nprint(1)\n",
    "tex": "\\documentclass{{article}}\n\\begin{{document}}\n{0}\n"
           "\\end{{document}}\n",
    "tab": "% {0}\n",
    "po": 'msgid ""\nmsgstr "Language: de\\n'
          'Content-Type: text/plain; charset=UTF-8\\n"\n\n'
          'msgid "{0}"\nmsgstr "wort"\n',
    "srt": "1\n00:00:01,000 --> 00:00:02,000\n{0}\n\n",
    "scad": "// {0}\ncube(10);\n",
    "stl": "solid {0}\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\n"
           "vertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid {0}\n",
    "gbr": "%FSLAX24Y24*%\n%MOIN*%\n%ADD10C,0.01*%\nD10*\nX0Y0D02*\n"
           "X1000Y1000D01*\nM02*\n",
    "dxf": "0\nSECTION\n2\nENTITIES\n0\nLINE\n8\n0\n10\n0\n20\n0\n11\n9\n"
           "21\n9\n0\nENDSEC\n0\nEOF\n",
    "fig": "#FIG 3.2\nLandscape\nCenter\nInches\nLetter\n100.00\nSingle\n-2\n"
           "1200 2\n2 1 0 1 0 7 50 -1 -1 0.000 0 0 -1 0 0 2\n"
           "\t1200 1200 2400 2400\n",
    "obj": "%TGIF 4.2.5\nstate(0,37,100.000,0,0,0,16,1,9,1,1,0,0,1,0,1,1,"
           "'Helvetica',0,80640,0,0,0,10,0,0,1,1,0,16,0,0,1,1,1,1,1088,1408,"
           "1,0,2880,0).\n%\n% @(#)$Header$\n% %W%\n%\n"
           'page(1,"",1,\'\').\n',
    "xhb": '<?xml version="1.0"?>\n<homebank v="1.4" d="050504">\n'
           '<properties title="{0}" curr="1" auto_smode="0" '
           'auto_weekday="0"/>\n<cur key="1" flags="0" iso="EUR" '
           'name="Euro" symb="E" syprf="0" dchar="," gchar=" " frac="2" '
           'rate="0" mdate="0"/>\n</homebank>\n',
    "ui": '<?xml version="1.0"?>\n<interface>\n'
          '<requires lib="gtk+" version="3.24"/>\n'
          '<object class="GtkWindow" id="w"/>\n</interface>\n',
    "gpx": '<?xml version="1.0"?>\n<gpx version="1.1" '
           'xmlns="http://www.topografix.com/GPX/1/1" creator="{0}">'
           '<wpt lat="1" lon="1"><name>{0}</name></wpt></gpx>\n',
    "kig": '<!DOCTYPE KigDocument>\n<KigDocument Version="0.10.0" '
           'CompatibilityVersion="0.7.0" grid="1" axes="1">\n'
           '<CoordinateSystem>Euclidean</CoordinateSystem>\n'
           '<Hierarchy/>\n<View/>\n</KigDocument>\n',
    "fkt": '<!DOCTYPE kmpdoc>\n<kmpdoc version="4">\n</kmpdoc>\n',
    "pgn": '[Event "{0}"]\n[White "w"]\n[Black "b"]\n[Result "*"]\n\n'
           "1. e4 e5 *\n",
    "fl": "# data file for the Fltk User Interface Designer (fluid)\n"
          "version 1.0308\nheader_name {{.h}}\ncode_name {{.cxx}}\n",
    "xmi": '<?xml version="1.0"?>\n',
    "xbm": "#define {0}_width 8\n#define {0}_height 2\n"
           "static char {0}_bits[] = {{ 0x55, 0xaa }};\n",
    "ps": "%!PS-Adobe-3.0\n%%Title: {0}\n%%Pages: 1\n%%EndComments\n"
          "%%Page: 1 1\n100 100 moveto 200 200 lineto stroke showpage\n"
          "%%EOF\n",
    "pdf": "%PDF-1.4\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n"
           "2 0 obj <</Type /Pages /Count 1 /Kids [3 0 R]>> endobj\n"
           "3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 99 99]>> "
           "endobj\ntrailer <</Root 1 0 R>>\n",
    "dia": '<?xml version="1.0" encoding="UTF-8"?>\n<dia:diagram '
           'xmlns:dia="http://www.lysator.liu.se/~alla/dia/">'
           '<dia:layer name="Background" visible="true"/></dia:diagram>\n',
    "planner": '<?xml version="1.0"?>\n<project name="{0}" company="" '
               'manager="" project-start="20260101T000000Z" '
               'mrproject-version="2" calendar="1" phase="">\n'
               "<properties/><phases/><calendars><day-types/>"
               '<calendar id="1" name="Default"/></calendars>\n<tasks/>'
               "<resource-groups/><resources/><allocations/>\n</project>\n",
    "qet": '<project title="{0}" version="0.80"><properties/>'
           '<newdiagrams/><diagram title="{0}" order="1" cols="5" '
           'colsize="60" rows="5" rowsize="80" height="400"/></project>\n',
    "vym": '<?xml version="1.0" encoding="utf-8"?>\n'
           '<!DOCTYPE vymmap>\n<vymmap version="2.8.0" author="">'
           "<mapcenter absPosX=\"0\" absPosY=\"0\"><heading>{0}</heading>"
           "</mapcenter></vymmap>\n",
    "fb2": '<?xml version="1.0" encoding="UTF-8"?>\n<FictionBook '
           'xmlns="http://www.gribuser.ru/xml/fictionbook/2.0">'
           "<description><title-info><book-title>{0}</book-title>"
           "<lang>en</lang></title-info></description><body><section>"
           "<p>text</p></section></body></FictionBook>\n",
    "ctd": '<?xml version="1.0"?>\n<cherrytree>\n<bookmarks list=""/>\n'
           '<node name="{0}" unique_id="1" prog_lang="custom-colors" '
           'tags="" readonly="0" custom_icon_id="0" is_bold="0" '
           'foreground="" ts_creation="0" ts_lastsave="0">'
           "<rich_text>text</rich_text></node>\n</cherrytree>\n",
    "txt0": "",
}


def text(path, stem, kind):
    with open(path, "w", encoding="utf-8") as out:
        out.write(TEXTS[kind].format(stem))


def sound(path):
    """Ten minutes of silence: a player shows its document that long."""
    with wave.open(path, "wb") as out:
        out.setparams((1, 1, 4000, 0, "NONE", ""))
        out.writeframes(b"\x80" * (4000 * 600))


def comic(path):
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("1.png", png())
        out.writestr("2.png", png())


def archive(path):
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("inside.txt", "text")


def book(path, stem):
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("mimetype", "application/epub+zip")
        out.writestr(
            "META-INF/container.xml",
            '<?xml version="1.0"?><container version="1.0" xmlns='
            '"urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="c.opf" media-type='
            '"application/oebps-package+xml"/></rootfiles></container>')
        out.writestr(
            "c.opf",
            '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/'
            'opf" version="2.0" unique-identifier="i"><metadata xmlns:dc='
            '"http://purl.org/dc/elements/1.1/"><dc:title>%s</dc:title>'
            "<dc:language>en</dc:language><dc:identifier id=\"i\">%s"
            "</dc:identifier></metadata><manifest><item id=\"t\" "
            'href="t.xhtml" media-type="application/xhtml+xml"/><item '
            'id="ncx" href="t.ncx" media-type="application/x-dtbncx+xml"/>'
            '</manifest><spine toc="ncx"><itemref idref="t"/></spine>'
            "</package>" % (stem, stem))
        out.writestr(
            "t.ncx",
            '<?xml version="1.0"?><ncx xmlns="http://www.daisy.org/z3986/'
            '2005/ncx/" version="2005-1"><head/><docTitle><text>%s</text>'
            '</docTitle><navMap><navPoint id="n" playOrder="1"><navLabel>'
            '<text>t</text></navLabel><content src="t.xhtml"/></navPoint>'
            "</navMap></ncx>" % stem)
        out.writestr(
            "t.xhtml",
            '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>%s'
            "</title></head><body><p>text</p></body></html>" % stem)


def database(path, stem):
    with sqlite3.connect(path) as db:
        db.execute("create table %s (n integer)" % stem)
    db.close()


def torrent(path, stem):
    with open(path, "w", encoding="ascii") as out:
        out.write("d4:infod6:lengthi1e4:name%d:%s12:piece lengthi16384e"
                  "6:pieces20:%see" % (len(stem), stem, stem[0] * 20))


def journal(path):
    with gzip.open(path, "wt") as out:
        out.write('<?xml version="1.0"?>\n<xournal version="0.4.8">'
                  '<page width="99" height="99"><background type="solid" '
                  'color="white" style="plain"/><layer></layer></page>'
                  "</xournal>\n")


def make(kind, folder, stem):
    path = os.path.join(folder, "%s.%s" % (stem, kind))
    if os.path.exists(path):
        return path
    if kind in TEXTS:
        text(path, stem, kind)
    elif kind in ("png", "ppm"):
        with open(path, "wb") as out:
            out.write(png() if kind == "png" else PNM)
    elif kind == "wav":
        sound(path)
    elif kind == "cbz":
        comic(path)
    elif kind == "zip":
        archive(path)
    elif kind == "epub":
        book(path, stem)
    elif kind == "db":
        database(path, stem)
    elif kind == "torrent":
        torrent(path, stem)
    elif kind == "xoj":
        journal(path)
    else:
        raise ValueError("no document of the kind %s" % kind)
    return path
