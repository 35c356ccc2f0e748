"""What a finding says, in the three languages of Atrio: what is wrong, and what the supplier's clerk is to do.

The facts that stand in braces are those that the check gives. Families of rules that differ only in their VAT category,
their term or their code list share a sentence."""

from __future__ import annotations

from .texts import Sentence

_ONE = {
    # --- EN 16931: what must be there -------------------------------------------------------------------------------
    "BR-01": Sentence(
        "The specification that the invoice follows (BT-24) is missing: state it, for EN 16931 urn:cen.eu:en16931:2017.",
        "Falta la especificación que sigue la factura (BT-24): indíquela; para EN 16931 es urn:cen.eu:en16931:2017.",
        "Falta a especificação que a fatura segue (BT-24): informe-a; para EN 16931 é urn:cen.eu:en16931:2017.",
    ),
    "BR-02": Sentence(
        "The invoice has no number (BT-1): give it one.",
        "La factura no tiene número (BT-1): asígnele uno.",
        "A fatura não tem número (BT-1): atribua um.",
    ),
    "BR-03": Sentence(
        "The date of issue (BT-2) is missing or is no date: write it as YYYY-MM-DD.",
        "Falta la fecha de emisión (BT-2) o no es una fecha: escríbala como AAAA-MM-DD.",
        "Falta a data de emissão (BT-2) ou não é uma data: escreva-a como AAAA-MM-DD.",
    ),
    "BR-04": Sentence(
        "The type of the invoice (BT-3) is missing: state it, 380 for an invoice, 381 for a credit note.",
        "Falta el tipo de factura (BT-3): indíquelo, 380 para una factura, 381 para una nota crédito.",
        "Falta o tipo da fatura (BT-3): informe-o, 380 para fatura, 381 para nota de crédito.",
    ),
    "BR-05": Sentence(
        "The currency of the invoice (BT-5) is missing: state its three letters.",
        "Falta la moneda de la factura (BT-5): indique sus tres letras.",
        "Falta a moeda da fatura (BT-5): informe as três letras.",
    ),
    "BR-06": Sentence(
        "The registered name of the seller (BT-27) is missing: fill in your company's legal name.",
        "Falta la razón social del vendedor (BT-27): complete la razón social de su empresa.",
        "Falta a razão social do vendedor (BT-27): preencha a razão social da sua empresa.",
    ),
    "BR-07": Sentence(
        "The registered name of the buyer (BT-44) is missing: fill in your customer's legal name.",
        "Falta la razón social del comprador (BT-44): complete la razón social de su cliente.",
        "Falta a razão social do comprador (BT-44): preencha a razão social do seu cliente.",
    ),
    "BR-08": Sentence(
        "The postal address of the seller (BG-5) is missing: fill in your company's address.",
        "Falta la dirección del vendedor (BG-5): complete la dirección de su empresa.",
        "Falta o endereço do vendedor (BG-5): preencha o endereço da sua empresa.",
    ),
    "BR-09": Sentence(
        "The country in the seller's address (BT-40) is missing: add its two letters.",
        "Falta el país en la dirección del vendedor (BT-40): agregue sus dos letras.",
        "Falta o país no endereço do vendedor (BT-40): acrescente as duas letras.",
    ),
    "BR-10": Sentence(
        "The postal address of the buyer (BG-8) is missing: fill in your customer's address.",
        "Falta la dirección del comprador (BG-8): complete la dirección de su cliente.",
        "Falta o endereço do comprador (BG-8): preencha o endereço do seu cliente.",
    ),
    "BR-11": Sentence(
        "The country in the buyer's address (BT-55) is missing: add its two letters.",
        "Falta el país en la dirección del comprador (BT-55): agregue sus dos letras.",
        "Falta o país no endereço do comprador (BT-55): acrescente as duas letras.",
    ),
    "BR-12": Sentence(
        "The sum of the line amounts (BT-106) is missing: write it.",
        "Falta la suma de los importes de las líneas (BT-106): escríbala.",
        "Falta a soma dos valores das linhas (BT-106): escreva-a.",
    ),
    "BR-13": Sentence(
        "The total without VAT (BT-109) is missing: write it.",
        "Falta el total sin IVA (BT-109): escríbalo.",
        "Falta o total sem imposto (BT-109): escreva-o.",
    ),
    "BR-14": Sentence(
        "The total with VAT (BT-112) is missing: write it.",
        "Falta el total con IVA (BT-112): escríbalo.",
        "Falta o total com imposto (BT-112): escreva-o.",
    ),
    "BR-15": Sentence(
        "The amount due for payment (BT-115) is missing: write it, zero if everything is paid.",
        "Falta el importe a pagar (BT-115): escríbalo; cero si todo está pagado.",
        "Falta o valor a pagar (BT-115): escreva-o; zero se tudo já foi pago.",
    ),
    "BR-16": Sentence(
        "The invoice has no line (BG-25): write at least one.",
        "La factura no tiene líneas (BG-25): escriba al menos una.",
        "A fatura não tem linhas (BG-25): escreva pelo menos uma.",
    ),
    "BR-17": Sentence(
        "The payee (BG-10) has no name or is the seller: name who is paid only if it is somebody else.",
        "El beneficiario del pago (BG-10) no tiene nombre o es el vendedor: indíquelo solo si es otra persona.",
        "O beneficiário do pagamento (BG-10) não tem nome ou é o vendedor: informe-o só se for outra pessoa.",
    ),
    "BR-18": Sentence(
        "The tax representative (BG-11) has no name (BT-62): fill it in.",
        "El representante fiscal (BG-11) no tiene nombre (BT-62): complételo.",
        "O representante fiscal (BG-11) não tem nome (BT-62): preencha-o.",
    ),
    "BR-19": Sentence(
        "The tax representative has no address (BG-12): fill it in.",
        "El representante fiscal no tiene dirección (BG-12): complétela.",
        "O representante fiscal não tem endereço (BG-12): preencha-o.",
    ),
    "BR-20": Sentence(
        "The country in the tax representative's address (BT-69) is missing: add its two letters.",
        "Falta el país en la dirección del representante fiscal (BT-69): agregue sus dos letras.",
        "Falta o país no endereço do representante fiscal (BT-69): acrescente as duas letras.",
    ),
    "BR-21": Sentence(
        "A line has no number (BT-126): number the lines.",
        "Una línea no tiene número (BT-126): numere las líneas.",
        "Uma linha não tem número (BT-126): numere as linhas.",
    ),
    "BR-22": Sentence(
        "Line {line} has no quantity (BT-129): write it.",
        "La línea {line} no tiene cantidad (BT-129): escríbala.",
        "A linha {line} não tem quantidade (BT-129): escreva-a.",
    ),
    "BR-23": Sentence(
        "Line {line} has no unit for its quantity (BT-130): add its code, for example C62 for pieces.",
        "La línea {line} no tiene unidad de medida (BT-130): agregue su código, por ejemplo C62 para unidades.",
        "A linha {line} não tem unidade de medida (BT-130): acrescente o código, por exemplo C62 para unidades.",
    ),
    "BR-24": Sentence(
        "Line {line} has no net amount (BT-131): write it.",
        "La línea {line} no tiene importe neto (BT-131): escríbalo.",
        "A linha {line} não tem valor líquido (BT-131): escreva-o.",
    ),
    "BR-25": Sentence(
        "Line {line} does not name what is sold (BT-153): write the item's name.",
        "La línea {line} no dice qué se vende (BT-153): escriba el nombre del artículo.",
        "A linha {line} não diz o que é vendido (BT-153): escreva o nome do item.",
    ),
    "BR-26": Sentence(
        "Line {line} has no net price (BT-146): write it.",
        "La línea {line} no tiene precio neto (BT-146): escríbalo.",
        "A linha {line} não tem preço líquido (BT-146): escreva-o.",
    ),
    "BR-27": Sentence(
        "The net price of line {line} (BT-146) is negative: make the quantity negative instead.",
        "El precio neto de la línea {line} (BT-146) es negativo: ponga negativa la cantidad.",
        "O preço líquido da linha {line} (BT-146) é negativo: deixe negativa a quantidade.",
    ),
    "BR-28": Sentence(
        "The gross price of line {line} (BT-148) is negative: write it as a positive number.",
        "El precio bruto de la línea {line} (BT-148) es negativo: escríbalo positivo.",
        "O preço bruto da linha {line} (BT-148) é negativo: escreva-o positivo.",
    ),
    "BR-29": Sentence(
        "The invoicing period ends before it begins (BT-73, BT-74): correct its dates.",
        "El período de facturación termina antes de empezar (BT-73, BT-74): corrija sus fechas.",
        "O período de faturamento termina antes de começar (BT-73, BT-74): corrija as datas.",
    ),
    "BR-30": Sentence(
        "The period of line {line} ends before it begins (BT-134, BT-135): correct its dates.",
        "El período de la línea {line} termina antes de empezar (BT-134, BT-135): corrija sus fechas.",
        "O período da linha {line} termina antes de começar (BT-134, BT-135): corrija as datas.",
    ),
    "BR-47": Sentence(
        "An entry of the VAT breakdown has no VAT category (BT-118): add it, for example S.",
        "Una entrada del desglose de IVA no tiene categoría (BT-118): agréguela, por ejemplo S.",
        "Uma entrada do detalhamento do imposto não tem categoria (BT-118): acrescente-a, por exemplo S.",
    ),
    "BR-45": Sentence(
        "The VAT breakdown of category {category} has no taxable amount (BT-116): write it.",
        "El desglose de IVA de la categoría {category} no tiene base imponible (BT-116): escríbala.",
        "O detalhamento do imposto da categoria {category} não tem base (BT-116): escreva-a.",
    ),
    "BR-46": Sentence(
        "The VAT breakdown of category {category} has no tax amount (BT-117): write it, zero if none is due.",
        "El desglose de IVA de la categoría {category} no tiene importe (BT-117): escríbalo; cero si no se debe.",
        "O detalhamento do imposto da categoria {category} não tem valor (BT-117): escreva-o; zero se não for devido.",
    ),
    "BR-48": Sentence(
        "The VAT breakdown of category {category} has no rate (BT-119): write the percentage.",
        "El desglose de IVA de la categoría {category} no tiene tasa (BT-119): escriba el porcentaje.",
        "O detalhamento do imposto da categoria {category} não tem alíquota (BT-119): escreva o percentual.",
    ),
    "BR-49": Sentence(
        "How to pay is begun without its code (BT-81): add it, for example 30 for a credit transfer.",
        "El medio de pago no tiene código (BT-81): agréguelo, por ejemplo 30 para transferencia.",
        "O meio de pagamento não tem código (BT-81): acrescente-o, por exemplo 30 para transferência.",
    ),
    "BR-50": Sentence(
        "The account for the credit transfer has no number (BT-84): write the IBAN or the account number.",
        "La cuenta para la transferencia no tiene número (BT-84): escriba el IBAN o el número de cuenta.",
        "A conta para a transferência não tem número (BT-84): escreva o IBAN ou o número da conta.",
    ),
    "BR-51": Sentence(
        "The card number (BT-87) shows more than ten digits: write only the last four to six.",
        "El número de tarjeta (BT-87) muestra más de diez dígitos: escriba solo los últimos cuatro a seis.",
        "O número do cartão (BT-87) mostra mais de dez dígitos: escreva só os últimos quatro a seis.",
    ),
    "BR-52": Sentence(
        "A supporting document (BG-24) has no reference (BT-122): give it one.",
        "Un documento de soporte (BG-24) no tiene referencia (BT-122): asígnele una.",
        "Um documento de apoio (BG-24) não tem referência (BT-122): atribua uma.",
    ),
    "BR-53": Sentence(
        "VAT is accounted for in {currency} but its total in {currency} (BT-111) is missing: add it.",
        "El IVA se contabiliza en {currency} pero falta su total en {currency} (BT-111): agréguelo.",
        "O imposto é contabilizado em {currency}, mas falta o total em {currency} (BT-111): acrescente-o.",
    ),
    "BR-54": Sentence(
        "An attribute of the item of line {line} (BG-32) lacks its name or its value: complete or remove it.",
        "A un atributo del artículo de la línea {line} (BG-32) le falta el nombre o el valor: complételo o quítelo.",
        "A um atributo do item da linha {line} (BG-32) falta o nome ou o valor: complete-o ou retire-o.",
    ),
    "BR-55": Sentence(
        "A preceding invoice is named without its number (BT-25): write the number.",
        "Se menciona una factura anterior sin su número (BT-25): escriba el número.",
        "Uma fatura anterior é citada sem o número (BT-25): escreva o número.",
    ),
    "BR-56": Sentence(
        "The tax representative has no VAT identifier (BT-63): fill it in.",
        "El representante fiscal no tiene identificador de IVA (BT-63): complételo.",
        "O representante fiscal não tem identificação fiscal (BT-63): preencha-a.",
    ),
    "BR-57": Sentence(
        "The country in the delivery address (BT-80) is missing: add its two letters.",
        "Falta el país en la dirección de entrega (BT-80): agregue sus dos letras.",
        "Falta o país no endereço de entrega (BT-80): acrescente as duas letras.",
    ),
    "BR-61": Sentence(
        "Payment is by credit transfer but no account is given (BT-84): write the IBAN or the account number.",
        "El pago es por transferencia pero no hay cuenta (BT-84): escriba el IBAN o el número de cuenta.",
        "O pagamento é por transferência, mas não há conta (BT-84): escreva o IBAN ou o número da conta.",
    ),
    "BR-62": Sentence(
        "The seller's electronic address (BT-34) has no scheme: state its code, for example 0088 for a GLN.",
        "La dirección electrónica del vendedor (BT-34) no tiene esquema: indique su código, por ejemplo 0088 para GLN.",
        "O endereço eletrônico do vendedor (BT-34) não tem esquema: informe o código, por exemplo 0088 para GLN.",
    ),
    "BR-63": Sentence(
        "The buyer's electronic address (BT-49) has no scheme: state its code, for example 0088 for a GLN.",
        "La dirección electrónica del comprador (BT-49) no tiene esquema: indique su código, por ejemplo 0088 para GLN.",
        "O endereço eletrônico do comprador (BT-49) não tem esquema: informe o código, por exemplo 0088 para GLN.",
    ),
    "BR-64": Sentence(
        "The standard identifier of the item of line {line} (BT-157) has no scheme: state it, 0160 for a GTIN.",
        "El identificador estándar del artículo de la línea {line} (BT-157) no tiene esquema: indíquelo, 0160 para GTIN.",
        "A identificação padrão do item da linha {line} (BT-157) não tem esquema: informe-o, 0160 para GTIN.",
    ),
    "BR-65": Sentence(
        "The classification of the item of line {line} (BT-158) has no scheme: state which list the code is from.",
        "La clasificación del artículo de la línea {line} (BT-158) no tiene esquema: indique de qué lista es el código.",
        "A classificação do item da linha {line} (BT-158) não tem esquema: informe de que lista é o código.",
    ),
    # --- EN 16931: what must agree ----------------------------------------------------------------------------------
    "BR-CO-04": Sentence(
        "Line {line} has no VAT category (BT-151): add it, for example S for the standard rate.",
        "La línea {line} no tiene categoría de IVA (BT-151): agréguela, por ejemplo S para la tasa general.",
        "A linha {line} não tem categoria de imposto (BT-151): acrescente-a, por exemplo S para a alíquota padrão.",
    ),
    "BR-CO-09": Sentence(
        "The VAT identifier {id} does not begin with its country: put the two letters of the country before it.",
        "El identificador de IVA {id} no empieza por su país: anteponga las dos letras del país.",
        "A identificação fiscal {id} não começa pelo país: coloque antes as duas letras do país.",
    ),
    "BR-CO-10": Sentence(
        "The sum of the lines is written as {written} but is {due} (BT-106): correct the total or the lines.",
        "La suma de las líneas dice {written} pero es {due} (BT-106): corrija el total o las líneas.",
        "A soma das linhas diz {written}, mas é {due} (BT-106): corrija o total ou as linhas.",
    ),
    "BR-CO-11": Sentence(
        "The sum of the allowances is written as {written} but is {due} (BT-107): correct it.",
        "La suma de los descuentos dice {written} pero es {due} (BT-107): corríjala.",
        "A soma dos descontos diz {written}, mas é {due} (BT-107): corrija-a.",
    ),
    "BR-CO-12": Sentence(
        "The sum of the charges is written as {written} but is {due} (BT-108): correct it.",
        "La suma de los cargos dice {written} pero es {due} (BT-108): corríjala.",
        "A soma dos encargos diz {written}, mas é {due} (BT-108): corrija-a.",
    ),
    "BR-CO-13": Sentence(
        "The total without VAT is written as {written} but lines, allowances and charges give {due} (BT-109): correct it.",
        "El total sin IVA dice {written} pero líneas, descuentos y cargos dan {due} (BT-109): corríjalo.",
        "O total sem imposto diz {written}, mas linhas, descontos e encargos dão {due} (BT-109): corrija-o.",
    ),
    "BR-CO-14": Sentence(
        "The total VAT is written as {written} but its breakdown gives {due} (BT-110): correct it.",
        "El total de IVA dice {written} pero su desglose da {due} (BT-110): corríjalo.",
        "O total do imposto diz {written}, mas o detalhamento dá {due} (BT-110): corrija-o.",
    ),
    "BR-CO-15": Sentence(
        "The total with VAT is written as {written} but net and VAT give {due} (BT-112): correct it.",
        "El total con IVA dice {written} pero neto e IVA dan {due} (BT-112): corríjalo.",
        "O total com imposto diz {written}, mas líquido e imposto dão {due} (BT-112): corrija-o.",
    ),
    "BR-CO-16": Sentence(
        "The amount due is written as {written} but the total less what is paid gives {due} (BT-115): correct it.",
        "El importe a pagar dice {written} pero el total menos lo pagado da {due} (BT-115): corríjalo.",
        "O valor a pagar diz {written}, mas o total menos o que foi pago dá {due} (BT-115): corrija-o.",
    ),
    "BR-CO-17": Sentence(
        "The VAT of category {category} is written as {written} but base and rate give {due} (BT-117): correct it.",
        "El IVA de la categoría {category} dice {written} pero base y tasa dan {due} (BT-117): corríjalo.",
        "O imposto da categoria {category} diz {written}, mas base e alíquota dão {due} (BT-117): corrija-o.",
    ),
    "BR-CO-18": Sentence(
        "The VAT breakdown (BG-23) is missing: add one entry for each category and rate.",
        "Falta el desglose de IVA (BG-23): agregue una entrada por cada categoría y tasa.",
        "Falta o detalhamento do imposto (BG-23): acrescente uma entrada por categoria e alíquota.",
    ),
    "BR-CO-25": Sentence(
        "There is something to pay but neither a due date (BT-9) nor payment terms (BT-20): add one of them.",
        "Hay un importe a pagar pero ni fecha de vencimiento (BT-9) ni condiciones de pago (BT-20): agregue una.",
        "Há valor a pagar, mas nem vencimento (BT-9) nem condições de pagamento (BT-20): acrescente um deles.",
    ),
    "BR-CO-26": Sentence(
        "Nothing identifies the seller: add its VAT number (BT-31), legal registration (BT-30) or identifier (BT-29).",
        "Nada identifica al vendedor: agregue su número de IVA (BT-31), registro legal (BT-30) o identificador (BT-29).",
        "Nada identifica o vendedor: acrescente o número fiscal (BT-31), o registro legal (BT-30) ou outro (BT-29).",
    ),
    "BR-IC-11": Sentence(
        "Goods go to another country of the EU but no delivery date or period (BT-72, BG-14) is given: add it.",
        "Los bienes van a otro país de la UE pero falta la fecha o el período de entrega (BT-72, BG-14): agréguelo.",
        "Os bens vão a outro país da UE, mas falta a data ou o período de entrega (BT-72, BG-14): acrescente-o.",
    ),
    "BR-IC-12": Sentence(
        "Goods go to another country of the EU but the country of delivery (BT-80) is missing: add it.",
        "Los bienes van a otro país de la UE pero falta el país de entrega (BT-80): agréguelo.",
        "Os bens vão a outro país da UE, mas falta o país de entrega (BT-80): acrescente-o.",
    ),
    "BR-B-01": Sentence(
        "Split payment (B) exists only within Italy: use another VAT category.",
        "El pago dividido (B) solo existe dentro de Italia: use otra categoría de IVA.",
        "O pagamento dividido (B) só existe na Itália: use outra categoria de imposto.",
    ),
    "BR-B-02": Sentence(
        "Split payment (B) and the standard rate (S) cannot stand in one invoice: write two invoices.",
        "El pago dividido (B) y la tasa general (S) no caben en una factura: haga dos facturas.",
        "O pagamento dividido (B) e a alíquota padrão (S) não cabem numa fatura: faça duas.",
    ),
    # --- amounts, in every format -----------------------------------------------------------------------------------
    "line_amount": Sentence(
        "Line {line} says {written} but quantity, price and discounts give {due}: correct the line.",
        "La línea {line} dice {written} pero cantidad, precio y descuentos dan {due}: corrija la línea.",
        "A linha {line} diz {written}, mas quantidade, preço e descontos dão {due}: corrija a linha.",
    ),
    "line_sum": Sentence(
        "The sum of the lines is written as {written} but is {due}: correct the total or the lines.",
        "La suma de las líneas dice {written} pero es {due}: corrija el total o las líneas.",
        "A soma das linhas diz {written}, mas é {due}: corrija o total ou as linhas.",
    ),
    "allowance_sum": Sentence(
        "The sum of the discounts is written as {written} but is {due}: correct it.",
        "La suma de los descuentos dice {written} pero es {due}: corríjala.",
        "A soma dos descontos diz {written}, mas é {due}: corrija-a.",
    ),
    "charge_sum": Sentence(
        "The sum of the charges is written as {written} but is {due}: correct it.",
        "La suma de los cargos dice {written} pero es {due}: corríjala.",
        "A soma dos encargos diz {written}, mas é {due}: corrija-a.",
    ),
    "net_total": Sentence(
        "The total without tax is written as {written} but lines, discounts and charges give {due}: correct it.",
        "El total sin impuestos dice {written} pero líneas, descuentos y cargos dan {due}: corríjalo.",
        "O total sem impostos diz {written}, mas linhas, descontos e encargos dão {due}: corrija-o.",
    ),
    "tax_amount": Sentence(
        "The tax {tax} at {rate} % is written as {written} but base and rate give {due}: check the rate and the base.",
        "El impuesto {tax} al {rate} % dice {written} pero base y tasa dan {due}: revise la tasa y la base.",
        "O imposto {tax} a {rate} % diz {written}, mas base e alíquota dão {due}: confira a alíquota e a base.",
    ),
    "tax_sum": Sentence(
        "The total of the taxes is written as {written} but they add up to {due}: correct it.",
        "El total de impuestos dice {written} pero suman {due}: corríjalo.",
        "O total dos impostos diz {written}, mas eles somam {due}: corrija-o.",
    ),
    "gross_total": Sentence(
        "The total with tax is written as {written} but its parts give {due}: correct it.",
        "El total con impuestos dice {written} pero sus partes dan {due}: corríjalo.",
        "O total com impostos diz {written}, mas as partes dão {due}: corrija-o.",
    ),
    "payable_total": Sentence(
        "What is to be paid is written as {written} but its parts give {due}: correct it.",
        "El valor a pagar dice {written} pero sus partes dan {due}: corríjalo.",
        "O valor a pagar diz {written}, mas as partes dão {due}: corrija-o.",
    ),
    "too_many_decimals": Sentence(
        "The amount {amount} has more decimals than {currency} has coins ({digits}): round it.",
        "El importe {amount} tiene más decimales que los {digits} de la moneda {currency}: redondéelo.",
        "O valor {amount} tem mais decimais que os {digits} da moeda {currency}: arredonde-o.",
    ),
    # --- tax identifiers --------------------------------------------------------------------------------------------
    "tax_id_invalid": Sentence(
        "The tax identifier {id} of {name} does not exist in this form, its check digit or length is wrong: correct it.",
        "El identificador fiscal {id} de {name} no existe así, su dígito de control o su largo es errado: corríjalo.",
        "A identificação fiscal {id} de {name} não existe assim, o dígito ou o tamanho está errado: corrija-a.",
    ),
    "nit_check_digit": Sentence(
        "The check digit of NIT {id} of {name} is written as {written} but is {due}: correct it.",
        "El dígito de verificación del NIT {id} de {name} dice {written} pero es {due}: corríjalo.",
        "O dígito verificador do NIT {id} de {name} diz {written}, mas é {due}: corrija-o.",
    ),
    "test_environment": Sentence(
        "The document was issued in the tax office's test environment and has no fiscal value: issue it in production.",
        "El documento se emitió en el ambiente de pruebas y no tiene valor fiscal: emítalo en producción.",
        "O documento foi emitido em ambiente de homologação e não tem valor fiscal: emita-o em produção.",
    ),
    # --- Colombia ---------------------------------------------------------------------------------------------------
    "cufe_missing": Sentence(
        "The {name} is missing: send the document as the DIAN validated it.",
        "Falta el {name}: envíe el documento tal como lo validó la DIAN.",
        "Falta o {name}: envie o documento como a DIAN o validou.",
    ),
    "cufe_form": Sentence(
        "The {name} has {length} characters where 96 hexadecimal digits belong: send the file that the DIAN validated.",
        "El {name} tiene {length} caracteres donde van 96 dígitos hexadecimales: envíe el archivo que validó la DIAN.",
        "O {name} tem {length} caracteres em vez de 96 dígitos hexadecimais: envie o arquivo que a DIAN validou.",
    ),
    "cufe_wrong": Sentence(
        "The {name} does not belong to these numbers, dates and amounts: the file was changed after it; send the original.",
        "El {name} no corresponde a estos números, fechas e importes: el archivo fue cambiado; envíe el original.",
        "O {name} não corresponde a estes números, datas e valores: o arquivo foi alterado; envie o original.",
    ),
    "cufe_not_checked": Sentence(
        "The {name} could not be recomputed: the technical key or the software's PIN is known only to its issuer.",
        "El {name} no se pudo recalcular: la clave técnica o el PIN del software solo lo conoce quien emite.",
        "O {name} não pôde ser recalculado: a chave técnica ou o PIN do software só o emissor conhece.",
    ),
    "qr_missing": Sentence(
        "The QR code of the DIAN is missing from the file: ask your software's provider to write it.",
        "Falta el código QR de la DIAN en el archivo: pida a su proveedor de software que lo incluya.",
        "Falta no arquivo o código QR da DIAN: peça ao fornecedor do software que o inclua.",
    ),
    "qr_other_id": Sentence(
        "The QR code names another {name} than the document: ask your software's provider to correct it.",
        "El código QR lleva otro {name} que el documento: pida a su proveedor de software que lo corrija.",
        "O código QR traz outro {name} que o documento: peça ao fornecedor do software que o corrija.",
    ),
    "qr_other_number": Sentence(
        "The QR code names document {found} but this is {number}: ask your software's provider to correct it.",
        "El código QR menciona el documento {found} pero este es {number}: pida a su proveedor que lo corrija.",
        "O código QR cita o documento {found}, mas este é {number}: peça ao fornecedor que o corrija.",
    ),
    "dian_answer_missing": Sentence(
        "The DIAN's answer is missing from the container: send the complete AttachedDocument.",
        "Falta la respuesta de la DIAN en el contenedor: envíe el AttachedDocument completo.",
        "Falta a resposta da DIAN no contêiner: envie o AttachedDocument completo.",
    ),
    "dian_rejected": Sentence(
        "The DIAN did not validate the document (code {status}: {text}): correct it and issue it again.",
        "La DIAN no validó el documento (código {status}: {text}): corríjalo y emítalo de nuevo.",
        "A DIAN não validou o documento (código {status}: {text}): corrija-o e emita-o de novo.",
    ),
    "dian_answer_other": Sentence(
        "The DIAN's answer in the container is about another document: send the one that belongs to this invoice.",
        "La respuesta de la DIAN en el contenedor es de otro documento: envíe la que corresponde a esta factura.",
        "A resposta da DIAN no contêiner é de outro documento: envie a que pertence a esta fatura.",
    ),
    # --- Mexico -----------------------------------------------------------------------------------------------------
    "cfdi_not_stamped": Sentence(
        "The CFDI has no stamp of a PAC (TimbreFiscalDigital): have it stamped and send the stamped XML.",
        "El CFDI no tiene timbre de un PAC (TimbreFiscalDigital): tímbrelo y envíe el XML timbrado.",
        "O CFDI não tem o selo de um PAC (TimbreFiscalDigital): obtenha-o e envie o XML selado.",
    ),
    "cfdi_uuid": Sentence(
        "The folio fiscal {id} is no UUID: send the XML as the PAC returned it.",
        "El folio fiscal {id} no es un UUID: envíe el XML como lo devolvió el PAC.",
        "O folio fiscal {id} não é um UUID: envie o XML como o PAC o devolveu.",
    ),
    "cfdi_seal": Sentence(
        "The seal {name} is no digital signature: the file is damaged; send the original XML.",
        "El sello {name} no es una firma digital: el archivo está dañado; envíe el XML original.",
        "O selo {name} não é uma assinatura digital: o arquivo está danificado; envie o XML original.",
    ),
    "cfdi_seal_other": Sentence(
        "The stamp belongs to another CFDI, its seal differs: send the XML as the PAC returned it.",
        "El timbre es de otro CFDI, su sello difiere: envíe el XML como lo devolvió el PAC.",
        "O selo fiscal é de outro CFDI, a assinatura difere: envie o XML como o PAC o devolveu.",
    ),
    "cfdi_certificate": Sentence(
        "The certificate number {name} has not twenty digits: send the XML as the PAC returned it.",
        "El número de certificado {name} no tiene veinte dígitos: envíe el XML como lo devolvió el PAC.",
        "O número do certificado {name} não tem vinte dígitos: envie o XML como o PAC o devolveu.",
    ),
    "cfdi_no_payments": Sentence(
        "The payment receipt (type P) names no payment: issue it with the payment complement.",
        "El recibo de pago (tipo P) no lleva ningún pago: emítalo con el complemento para recepción de pagos.",
        "O recibo de pagamento (tipo P) não traz pagamento: emita-o com o complemento de pagamentos.",
    ),
    "cfdi_complement_owed": Sentence(
        "Paid later or in parts (PPD): for each payment received, issue the payment complement.",
        "Pago en parcialidades o diferido (PPD): por cada pago recibido emita el complemento de pago.",
        "Pagamento diferido ou em parcelas (PPD): para cada pagamento recebido, emita o complemento de pagamento.",
    ),
    "cfdi_ppd_means": Sentence(
        "With PPD the form of payment must be 99 (to be defined), not {means}: correct FormaPago.",
        "Con PPD la forma de pago debe ser 99 (por definir) y no {means}: corrija FormaPago.",
        "Com PPD a forma de pagamento deve ser 99 (a definir) e não {means}: corrija FormaPago.",
    ),
    "cfdi_pue_means": Sentence(
        "With PUE the form of payment cannot be 99 (to be defined): state how it was paid, or use PPD.",
        "Con PUE la forma de pago no puede ser 99 (por definir): indique cómo se pagó, o use PPD.",
        "Com PUE a forma de pagamento não pode ser 99 (a definir): informe como foi pago, ou use PPD.",
    ),
    # --- Brazil -----------------------------------------------------------------------------------------------------
    "nfe_key_form": Sentence(
        "The access key has {length} characters where 44 belong: send the authorised XML.",
        "La clave de acceso tiene {length} caracteres y deben ser 44: envíe el XML autorizado.",
        "A chave de acesso tem {length} caracteres e devem ser 44: envie o XML autorizado.",
    ),
    "nfe_key_digit": Sentence(
        "The check digit of the access key is {written} but must be {due}: send the authorised XML.",
        "El dígito de control de la clave de acceso es {written} y debe ser {due}: envíe el XML autorizado.",
        "O dígito verificador da chave de acesso é {written} e deve ser {due}: envie o XML autorizado.",
    ),
    "nfe_key_differs": Sentence(
        "The access key says {key} for {name} but the document says {written}: send the authorised XML.",
        "La clave de acceso dice {key} en {name} pero el documento dice {written}: envíe el XML autorizado.",
        "A chave de acesso diz {key} em {name}, mas o documento diz {written}: envie o XML autorizado.",
    ),
    "nfe_no_protocol": Sentence(
        "SEFAZ's protocol of authorisation is missing: send the nfeProc file, with the protocol.",
        "Falta el protocolo de autorización de la SEFAZ: envíe el archivo nfeProc, con el protocolo.",
        "Falta o protocolo de autorização da SEFAZ: envie o arquivo nfeProc, com o protocolo.",
    ),
    "nfe_not_authorised": Sentence(
        "SEFAZ did not authorise the document (cStat {status}: {text}): correct it and issue it again.",
        "La SEFAZ no autorizó el documento (cStat {status}: {text}): corríjalo y emítalo de nuevo.",
        "A SEFAZ não autorizou o documento (cStat {status}: {text}): corrija-o e emita-o de novo.",
    ),
    "nfe_other_protocol": Sentence(
        "The protocol belongs to another access key: send the nfeProc file of this document.",
        "El protocolo es de otra clave de acceso: envíe el archivo nfeProc de este documento.",
        "O protocolo é de outra chave de acesso: envie o arquivo nfeProc deste documento.",
    ),
    # --- Chile ------------------------------------------------------------------------------------------------------
    "dte_no_stamp": Sentence(
        "The electronic stamp (TED) is missing: issue the document with its stamp.",
        "Falta el timbre electrónico (TED): emita el documento con su timbre.",
        "Falta o selo eletrônico (TED): emita o documento com o selo.",
    ),
    "dte_stamp_differs": Sentence(
        "The stamp says {stamp} for {name} but the document says {written}: send the original.",
        "El timbre dice {stamp} en {name} pero el documento dice {written}: envíe el original.",
        "O selo diz {stamp} em {name}, mas o documento diz {written}: envie o original.",
    ),
    "dte_stamp_form": Sentence(
        "The signature of the stamp (FRMT) is damaged: send the original.",
        "La firma del timbre (FRMT) está dañada: envíe el original.",
        "A assinatura do selo (FRMT) está danificada: envie o original.",
    ),
    "dte_not_signed": Sentence(
        "The document carries no electronic signature: sign it and send it again.",
        "El documento no lleva firma electrónica: fírmelo y envíelo de nuevo.",
        "O documento não traz assinatura eletrônica: assine-o e envie de novo.",
    ),
    "dte_vat": Sentence(
        "IVA is written as {written} but 19 % of {net} is {due}: correct it.",
        "El IVA dice {written} pero el 19 % de {net} es {due}: corríjalo.",
        "O IVA diz {written}, mas 19 % de {net} é {due}: corrija-o.",
    ),
    "BR-CO-03": Sentence(
        "The date of the tax point (BT-7) and its code {code} (BT-8) exclude each other: remove one of them.",
        "La fecha del impuesto (BT-7) y su código {code} (BT-8) se excluyen: quite uno de los dos.",
        "A data do imposto (BT-7) e o código {code} (BT-8) se excluem: retire um dos dois.",
    ),
    # --- all formats: of all of them --------------------------------------------------------------------------------
    "more_of_the_same": Sentence(
        "{rule} is broken in {more} more places that are not listed: mend the first ones, and see what is left.",
        "{rule} se incumple en {more} lugares más que no se listan: corrija los primeros y vea qué queda.",
        "{rule} é descumprida em mais {more} lugares que não são listados: corrija os primeiros e veja o que resta.",
    ),
}

# --- families of EN 16931 -------------------------------------------------------------------------------------------

_AMOUNT_MISSING = Sentence(
    "An allowance or charge of the invoice has no amount: write it.",
    "Un descuento o cargo de la factura no tiene importe: escríbalo.",
    "Um desconto ou encargo da fatura não tem valor: escreva-o.",
)
_CATEGORY_MISSING = Sentence(
    "An allowance or charge of the invoice has no VAT category: add it, for example S.",
    "Un descuento o cargo de la factura no tiene categoría de IVA: agréguela, por ejemplo S.",
    "Um desconto ou encargo da fatura não tem categoria de imposto: acrescente-a, por exemplo S.",
)
_REASON_MISSING = Sentence(
    "An allowance or charge of the invoice has no reason: write why, or its code.",
    "Un descuento o cargo de la factura no tiene motivo: escríbalo, o su código.",
    "Um desconto ou encargo da fatura não tem motivo: escreva-o, ou o código.",
)
_LINE_AMOUNT_MISSING = Sentence(
    "An allowance or charge of line {line} has no amount: write it.",
    "Un descuento o cargo de la línea {line} no tiene importe: escríbalo.",
    "Um desconto ou encargo da linha {line} não tem valor: escreva-o.",
)
_LINE_REASON_MISSING = Sentence(
    "An allowance or charge of line {line} has no reason: write why, or its code.",
    "Un descuento o cargo de la línea {line} no tiene motivo: escríbalo, o su código.",
    "Um desconto ou encargo da linha {line} não tem motivo: escreva-o, ou o código.",
)
_DECIMALS = Sentence(
    "The amount {amount} has more than two decimals: round it to two.",
    "El importe {amount} tiene más de dos decimales: redondéelo a dos.",
    "O valor {amount} tem mais de duas casas decimais: arredonde-o para duas.",
)
_FAMILIES = (
    (("BR-31", "BR-36"), _AMOUNT_MISSING),
    (("BR-32", "BR-37"), _CATEGORY_MISSING),
    (("BR-33", "BR-38", "BR-CO-21", "BR-CO-22"), _REASON_MISSING),
    (("BR-41", "BR-43"), _LINE_AMOUNT_MISSING),
    (("BR-42", "BR-44", "BR-CO-23", "BR-CO-24"), _LINE_REASON_MISSING),
    (
        tuple(
            f"BR-DEC-{n:02}" for n in (1, 2, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 23, 24, 25, 27, 28)
        ),
        _DECIMALS,
    ),
)

# What the code {code} should be, for each rule on a code list.
_LISTS = {
    "BR-CL-01": ("a type of invoice of UNTDID 1001", "un tipo de factura de UNTDID 1001", "um tipo de UNTDID 1001"),
    "BR-CL-03": ("a currency of ISO 4217", "una moneda de ISO 4217", "uma moeda da ISO 4217"),
    "BR-CL-04": ("a currency of ISO 4217", "una moneda de ISO 4217", "uma moeda da ISO 4217"),
    "BR-CL-06": ("a tax point of UNTDID 2005", "un momento del impuesto de UNTDID 2005", "um momento de UNTDID 2005"),
    "BR-CL-05": ("a currency of ISO 4217", "una moneda de ISO 4217", "uma moeda da ISO 4217"),
    "BR-CL-10": ("a scheme of ISO 6523", "un esquema de ISO 6523", "um esquema da ISO 6523"),
    "BR-CL-11": ("a scheme of ISO 6523", "un esquema de ISO 6523", "um esquema da ISO 6523"),
    "BR-CL-13": (
        "a classification of UNTDID 7143",
        "una clasificación de UNTDID 7143",
        "uma classificação de UNTDID 7143",
    ),
    "BR-CL-14": ("a country of ISO 3166-1", "un país de ISO 3166-1", "um país da ISO 3166-1"),
    "BR-CL-15": ("a country of ISO 3166-1", "un país de ISO 3166-1", "um país da ISO 3166-1"),
    "BR-CL-16": (
        "a means of payment of UNTDID 4461",
        "un medio de pago de UNTDID 4461",
        "um meio de pagamento de UNTDID 4461",
    ),
    "BR-CL-17": (
        "a VAT category of UNTDID 5305",
        "una categoría de IVA de UNTDID 5305",
        "uma categoria de UNTDID 5305",
    ),
    "BR-CL-18": (
        "a VAT category of UNTDID 5305",
        "una categoría de IVA de UNTDID 5305",
        "uma categoria de UNTDID 5305",
    ),
    "BR-CL-19": ("a reason of UNTDID 5189", "un motivo de UNTDID 5189", "um motivo de UNTDID 5189"),
    "BR-CL-20": ("a reason of UNTDID 7161", "un motivo de UNTDID 7161", "um motivo de UNTDID 7161"),
    "BR-CL-21": ("a scheme of ISO 6523", "un esquema de ISO 6523", "um esquema da ISO 6523"),
    "BR-CL-22": ("a VATEX code", "un código VATEX", "um código VATEX"),
    "BR-CL-23": (
        "a unit of UN/ECE Recommendation 20",
        "una unidad de la Recomendación 20",
        "uma unidade da Recomendação 20",
    ),
    "BR-CL-24": (
        "a file type that may be attached",
        "un tipo de archivo que se puede adjuntar",
        "um tipo de arquivo permitido",
    ),
    "BR-CL-25": ("a scheme of the EAS list", "un esquema de la lista EAS", "um esquema da lista EAS"),
}

# Rules that each VAT category has under the same number.
_VAT = {
    "01": Sentence(
        "VAT category {category} of lines and breakdown (BG-23) do not agree: give the breakdown one entry for it.",
        "La categoría de IVA {category} de líneas y desglose (BG-23) no coinciden: ponga una entrada en el desglose.",
        "A categoria {category} das linhas e do detalhamento (BG-23) não coincidem: coloque uma entrada no detalhamento.",
    ),
    "05": Sentence(
        "The rate of line {line} (BT-152) does not fit VAT category {category}: correct the rate or the category.",
        "La tasa de la línea {line} (BT-152) no corresponde a la categoría de IVA {category}: corrija una de las dos.",
        "A alíquota da linha {line} (BT-152) não corresponde à categoria {category}: corrija uma das duas.",
    ),
    "06": Sentence(
        "The rate of an allowance (BT-96) does not fit VAT category {category}: correct the rate or the category.",
        "La tasa de un descuento (BT-96) no corresponde a la categoría de IVA {category}: corrija una de las dos.",
        "A alíquota de um desconto (BT-96) não corresponde à categoria {category}: corrija uma das duas.",
    ),
    "07": Sentence(
        "The rate of a charge (BT-103) does not fit VAT category {category}: correct the rate or the category.",
        "La tasa de un cargo (BT-103) no corresponde a la categoría de IVA {category}: corrija una de las dos.",
        "A alíquota de um encargo (BT-103) não corresponde à categoria {category}: corrija uma das duas.",
    ),
    "08": Sentence(
        "The base of VAT category {category} ({rate} %) is written as {written} but its lines give {due} (BT-116): correct it.",
        "La base de la categoría de IVA {category} ({rate} %) dice {written} pero sus líneas dan {due} (BT-116): corríjala.",
        "A base da categoria {category} ({rate} %) diz {written}, mas as linhas dão {due} (BT-116): corrija-a.",
    ),
    "09": Sentence(
        "The tax of VAT category {category} ({rate} %) is written as {written} but must be {due} (BT-117): correct it.",
        "El impuesto de la categoría de IVA {category} ({rate} %) dice {written} y debe ser {due} (BT-117): corríjalo.",
        "O imposto da categoria {category} ({rate} %) diz {written} e deve ser {due} (BT-117): corrija-o.",
    ),
}
_REASON_NEEDED = Sentence(
    "VAT category {category} needs the reason why no tax is due (BT-120 or BT-121): add it.",
    "La categoría de IVA {category} exige el motivo por el que no hay impuesto (BT-120 o BT-121): agréguelo.",
    "A categoria {category} exige o motivo de não haver imposto (BT-120 ou BT-121): acrescente-o.",
)
_REASON_UNDUE = Sentence(
    "VAT category {category} must not have a reason of exemption (BT-120, BT-121): remove it.",
    "La categoría de IVA {category} no debe llevar motivo de exención (BT-120, BT-121): quítelo.",
    "A categoria {category} não deve trazer motivo de isenção (BT-120, BT-121): retire-o.",
)
_IDS_NEEDED = Sentence(
    "VAT category {category} needs the seller's VAT number (BT-31), for AE and K the buyer's too (BT-48): add them.",
    "La categoría de IVA {category} exige el número de IVA del vendedor (BT-31); con AE y K, también el del comprador.",
    "A categoria {category} exige o número fiscal do vendedor (BT-31); com AE e K, também o do comprador (BT-48).",
)
_IDS_UNDUE = Sentence(
    "Outside the scope of VAT (O) neither seller nor buyer may show a VAT number: remove it or change the category.",
    "Fuera del ámbito del IVA (O) ni vendedor ni comprador llevan número de IVA: quítelo o cambie la categoría.",
    "Fora do âmbito do imposto (O) nem vendedor nem comprador levam número fiscal: retire-o ou troque a categoria.",
)
_NO_MIXING = Sentence(
    "What is outside the scope of VAT ({category}) cannot stand beside other VAT categories: write two invoices.",
    "Lo que está fuera del ámbito del IVA ({category}) no cabe junto a otras categorías: haga dos facturas.",
    "O que está fora do âmbito do imposto ({category}) não cabe junto a outras categorias: faça duas faturas.",
)


def _vat_rules() -> dict[str, Sentence]:
    rules: dict[str, Sentence] = {}
    for name in ("S", "Z", "E", "AE", "IC", "G", "O", "AF", "AG"):
        rules |= {f"BR-{name}-{number}": text for number, text in _VAT.items()}
        rules |= {f"BR-{name}-{number}": _IDS_UNDUE if name == "O" else _IDS_NEEDED for number in ("02", "03", "04")}
        rules[f"BR-{name}-10"] = _REASON_NEEDED if name in ("E", "AE", "IC", "G", "O") else _REASON_UNDUE
    return rules | {f"BR-O-{number}": _NO_MIXING for number in ("11", "12", "13", "14")}


def _list_rules() -> dict[str, Sentence]:
    return {
        code: Sentence(
            f"“{{code}}” is not {en}: use a code of that list.",
            f"«{{code}}» no es {es}: use un código de esa lista.",
            f"“{{code}}” não é {pt}: use um código dessa lista.",
        )
        for code, (en, es, pt) in _LISTS.items()
    }


FINDINGS: dict[str, Sentence] = (
    _ONE | {code: text for codes, text in _FAMILIES for code in codes} | _vat_rules() | _list_rules()
)
