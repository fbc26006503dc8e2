<?php
// SPDX-License-Identifier: MIT

// Makes dotenv_table.json: what the real vlucas/phpdotenv makes of a few hundred files, to which
// shared/dotenv is held. Laravel 11 and 12 use its version 5.6; Debian 13 packages it:
//     apt-get install php-cli php-mbstring php-vlucas-phpdotenv
//     php tests/shared/config/make-dotenv-table.php > tests/shared/config/dotenv_table.json
// The random files are the same each time.

require 'Dotenv/autoload.php';

use Dotenv\Dotenv;
use Dotenv\Exception\InvalidFileException;
use Dotenv\Repository\Adapter\ArrayAdapter;
use Dotenv\Repository\RepositoryBuilder;

/** As Laravel loads its .env, but into an array, without this process's own environment. */
function load(string $text): array
{
    $folder = sys_get_temp_dir() . '/dotenv-' . getmypid();
    @mkdir($folder);
    file_put_contents("$folder/.env", $text);
    $repository = RepositoryBuilder::createWithNoAdapters()
        ->addAdapter(ArrayAdapter::class)->immutable()->make();
    try {
        return ['values' => (object) Dotenv::create($repository, $folder, '.env')->load()];
    } catch (InvalidFileException $refused) {
        preg_match('/Encountered (an? )?(.*?) at \[/', $refused->getMessage(), $found);
        return ['refused' => $found[2]];
    } finally {
        unlink("$folder/.env");
        rmdir($folder);
    }
}

const WRITTEN = [
    // unquoted
    'A=1', 'A=', 'A', "A=\n", '  A  =  1  ', "\tA\t=\t1\t", 'A= 1', 'A =1', 'A=1=2', 'A==', 'A=b=', 'A=base64:abc+/=',
    'A=s3cr#et', 'A=s3cr #et', "A=s3cr\t#et", 'A=#', 'A= # nothing', 'A=a#', 'A=# b', '# A=1', '  # A=1', '#A=1',
    'A=key with blanks', 'A=key ', 'A=a b # c', 'A=a  # c', 'A=a"b', "A=a'b", 'A=a"b"', 'A=a\b', 'A=a\"b', 'A=\"a\"', 'A=\\',
    'A=a\\', 'A=(b)', 'A=a(b', 'A=)', 'A=a;b', 'A=a,b', 'A=%20', 'A=a&b|c<d>e', 'A=`id`', 'A=$(id)', 'A=!x', 'A=~', 'A=*',
    'A=TRUE', 'A=(true)', 'A=(null)', 'A=(empty)', 'A=null', 'A=false',
    // double quotes
    'A="1"', 'A=""', 'A=" "', 'A=" a b "', 'A="a#b"', 'A="a" # b', 'A="a"#b', 'A="a"x', 'A="a" x', 'A="a""b"', 'A="a"\'b\'',
    'A="a\nb"', 'A="a\tb"', 'A="\t"', 'A="\r\f\v"', 'A="\nx"', 'A="a\qb"', 'A="a\\\\b"', 'A="a\"b"', 'A="\$a"', 'A="\'"',
    'A="a\\\\"', 'A="\\\\\\\\"', 'A="\\\\\""', 'A="\#"', 'A="\\ "', 'A="\0"', 'A="\x41"', 'A="\{"', 'A = "a"', 'A= "a" ', 'A="a',
    'A="a\"', 'A="', 'A=a"', 'A="a"b"', 'A=x="a"', 'A=x="a', 'A="\u00e9"', 'A="\e"', 'A="\a"', 'A="\nnn"', 'A="\a b"',
    // single quotes
    "A='1'", "A=''", "A=' '", "A='a#b'", "A='a' # b", "A='a'x", "A='it''s'", "A='a\\'", "A='a\\nb'", "A='a\\\\b'", "A='\"'",
    "A='\${B}'", "B=1\nA='\${B}'", "A='a", "A='", "A='a\nb'", "A='a'\"b\"",
    // references
    'A="${B}"', "B=1\nA=\${B}", "B=1\nA=\"\${B}\"", "B=1\nA=\"\\\${B}\"", "A=\${B}\nB=1", "B=1\nA=x\${B}y", "B=1\nA=\$B", "B=1\nA=\${B",
    "B=1\nA=\$\${B}", "B=\nA=x\${B}y", "B\nA=x\${B}y", "B=1\nA_1=x\nA=\${A_\${B}}", "B=A\nC=\${\${B}}", "B=1\nA=\"\${B}\${B}\"", "A=1\nA=\${A}2",
    "A=1\nA=2", "A=1\nA", "A=1\nA=", "B='\${C}'\nC=1\nA=\${B}", "B.C=1\nA=\${B.C}", "B=1\nA=\${ B }", "B=1\nA=\"\${ B }\"", "A=\${}", 'A=$', 'A="$"',
    "B=1\nA=\${B}#x", "B=a b\nA=\${B}", "B='a b'\nA=\${B}", "B='a\"b'\nA=\"\${B}\"", "B='}'\nC=1\nA=\${C\${B}", "A=\${\nB=1", "B=2\nA=\${B:-1}",
    "APP_NAME=Tienda\nREVERB_APP_KEY=\"\${APP_NAME}-key\"\nVITE_REVERB_APP_KEY=\"\${REVERB_APP_KEY}\"", "A=\${AÑO}", "AÑO=1\nA=\${AÑO}",
    // names
    'export A=1', "export\tA=1", 'export AB=1', "export\tAB=1", 'export  AB=1', 'export AB', 'export=1', 'exportA=1', 'EXPORT AB=1',
    'AÑO=1', 'ÑANDÚ=1', '日本=1', "e\u{301}=1", 'A.B=1', '.=1', 'A-B=1', 'A B=1', '"A"=1', "'A'=1", '"A=1', "'A\"=1", '""=1', '"AB"=1',
    'export "AB"=1', '1A=2', '_=1', '=1', ' =1', '=', 'A:1', 'A: 1', ' A', 'A ', 'nonsense here', 'a@b=1', 'A+=1', '$A=1', "\u{201C}A=1", 'A=“1”',
    'A[0]=1', 'REVERB_APP_KEY', "REVERB_APP_KEY\nREVERB_APP_ID=1", 'if [ -n "$A" ]; then', '<<<<<<< HEAD', '---', '[section]', '//A=1', ';A=1',
    // lines
    "A=1\nB=2", "A=1\r\nB=2\r\n", "A=1\rB=2\r", "A=1\n\n\nB=2", "A=1\n\r\nB=2", "\u{FEFF}A=1", "\u{FEFF}# c\nA=1", "\u{FEFF}\u{FEFF}A=1", "A=\u{FEFF}1", "A=1\n\u{FEFF}B=2",
    '', "\n", ' ', "#", "A=1\0", "A=\0", "A\0=1", "A=\v1\v", "A=\f1", "A=1\f", "A=\f 1", "A=\"\f\"", "\fA=1", "\vA=1", "A=1\u{A0}", "A=1\u{85}2", "A=a\u{2028}b",
    "A=1 \\\nB=2", "A=ñ", 'A=🎉', 'A="🎉"', 'A=🎉🎉${B}', "B=ñ\nA=🎉\${B}🎉\${B}", "A=\xF1", "A=\xF1\xF1x", "A=\"\xE2\x82\"", "A=\xC3(", "A=\xED\xA0\x80", "A=\xF0\x9F\x8E", "A=\xC0\x80", "A=\xFF\xFE", "A=\xF4\x90\x80\x80", "A=\xE2\x28\xA1", "A\xD1O=1", "A=a\xC3",
    // several lines
    "A=\"a\nb\"", "A=\"a\nb\"\nB=2", "A=\"\n\"", "A=\"a\n\"\nB=2", "A=\"a\n\nb\"", "A=\"a\r\nb\"", "A=\"a\rb\"", "A=\"a\nB=2", "A=\"a\nB=2\n\"", "A=\"a\nB=\"2\"", "A=\"a\n\\\"b\"",
    "A=\"a\n# b\"", "A=\"a # b\nc\"", "A=\"a\nb\" # c", "A=\"a\nb\" x", "A=\"a\nb\"x\nB=2", "A=\"a\\\nb\"", "A=\"a\nb\\\\\"", "A=\"a\nb\\\\\" ", "# A=\"a\nB=2", "# A=\"a\nB=2\n\"\nC=3", "# A=\"a\nB=\"2\"\nC=3", "# it's A=\"a\" \nB=2",
    "A=\"-----BEGIN KEY-----\nMIIEvQ+/==\nREVERB_APP_KEY=no\n-----END KEY-----\"\nREVERB_APP_KEY=yes", "A = \"a\nb\"", "A='=\"'\nB=2", "A='=\"'\nB='2\"'\nC=3", "A=a=\"b\nc\"", "B=1\nA=\"x\n\${B}\"", "A=\"a\n=\"b\nc\"",
    "export AB=\"a\nb\"", "A=\"a\nb", "A=1\nB=\"x\nC=3\n", "A=\"\"\"\nB=2", "A=\"a\"b\"\nB=2", "A=\"\nx\n\"", "\"", "A=1\n\"", "A=\"x\\\"\nB=2\"", "A=\"\\\\\"\nB=2",
    // whole files
    "APP_NAME=Laravel\nAPP_ENV=local\nAPP_KEY=base64:q3n6hPzCn0Xz2Cw6f0nF0kM0m8mS2h4n0m3J9mW6b0A=\nAPP_DEBUG=true\nAPP_URL=http://localhost\n\nLOG_CHANNEL=stack\n\nDB_CONNECTION=sqlite\n# DB_HOST=127.0.0.1\n# DB_PORT=3306\n\nSESSION_DRIVER=database\nSESSION_PATH=/\nSESSION_DOMAIN=null\n\nMAIL_FROM_ADDRESS=\"hello@example.com\"\nMAIL_FROM_NAME=\"\${APP_NAME}\"\n\nVITE_APP_NAME=\"\${APP_NAME}\"\n",
    "REVERB_APP_ID=1\nREVERB_APP_KEY=key\nREVERB_APP_SECRET='a b#c\"d'\nREVERB_HOST=\"localhost\"\nREVERB_PORT=8080\nREVERB_SCHEME=http\n\nVITE_REVERB_APP_KEY=\"\${REVERB_APP_KEY}\"\nVITE_REVERB_HOST=\"\${REVERB_HOST}\"\n",
];

/** Lines of the characters that mean something. */
function randomFiles(): array
{
    mt_srand(14);
    $pick = static fn (array $from) => $from[mt_rand(0, count($from) - 1)];
    $characters = ['a', 'b', 'n', ' ', '#', '"', '"', "'", '\\', '$', '${B}', '${C}', '=', 'ñ', '{', '}', "\t"];
    $files = [];
    for ($i = 0; $i < 160; $i++) {
        $lines = ['B=1'];
        for ($line = mt_rand(1, $i < 100 ? 1 : 4); $line > 0; $line--) {
            $value = '';
            for ($length = mt_rand(1, 9); $length > 0; $length--)
                $value .= $pick($characters);
            $quote = $pick(['', '', '"', '"', "'"]);
            $lines[] = $pick(['A=', 'A=', 'C=', '# A=', '']) . $quote . $value . $quote;
        }
        $files[] = implode($pick(["\n", "\n", "\r\n"]), $lines);
    }
    return $files;
}

$long = str_repeat('x', 1500);
$files = array_unique([...WRITTEN, "A=$long", "A=\"\\n$long\"", "A=\f" . str_repeat(' ', 1500) . 'x', ...randomFiles()]);
$rows = [];
foreach ($files as $text) {
    $isText = mb_check_encoding($text, 'UTF-8') && !str_contains($text, "\0");
    $row = [$isText ? 'text' : 'base64' => $isText ? $text : base64_encode($text)] + load($text);
    $rows[] = json_encode($row, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR);
}
echo "[\n", implode(",\n", $rows), "\n]\n";
